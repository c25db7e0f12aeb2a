/// What was asked of the service about an object.
enum ObjectQuestion: Sendable, Hashable {
    /// The whole object.
    case whole
    /// `range` of the object that `evidence` describes, which has `total` bytes.
    case part(Range<Int64>, total: Int64, evidence: ServiceEvidence)
}
