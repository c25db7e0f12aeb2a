/// What is missing of a partly staged object.
struct Remainder: Sendable, Hashable {
    var evidence: ServiceEvidence
    var total: Int64
    /// In order, not touching each other; chunk-aligned but for the object's end.
    var missing: [Range<Int64>]
    /// Bytes that need not be fetched again.
    var present: Int64 { self.missing.reduce(self.total) { $0 - ($1.upperBound - $1.lowerBound) } }

    init(evidence: ServiceEvidence, total: Int64, missing: [Range<Int64>]) {
        self.evidence = evidence
        self.total = total
        self.missing = missing
    }

    init(_ record: ResumeRecord) {
        let spans = record.spans { $0 == .nothing }
        self.init(evidence: record.header.evidence, total: record.header.total, missing: spans)
    }
}
