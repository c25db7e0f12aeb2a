/// What a 200 says of the object that follows.
struct ObjectHead: Sendable, Hashable {
    var evidence: ServiceEvidence
    /// Bytes, as announced; nil where they were not.
    var total: Int64?
    /// Bytes by the listing of this very version; nil where it was not listed.
    var listedSize: Int64?
    /// `Accept-Ranges`: whether ranges are offered; nil where the service says nothing of it.
    var offersRanges: Bool?
    /// Why the announced length alone does not prove these bytes, as a clause; nil where it may.
    var doubt: String?
}
