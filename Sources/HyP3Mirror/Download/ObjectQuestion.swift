package import CurlTransfer

/// What was asked of the service about an object.
enum ObjectQuestion: Sendable, Hashable {
    /// The whole object.
    case whole
    /// `range` of the object that `evidence` describes, which has `total` bytes.
    case part(Range<Int64>, total: Int64, evidence: ServiceEvidence)
}

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

/// An answer that is no object: what decides what to do next.
package struct ServiceRefusal: Sendable, Hashable {
    package var status: Int
    package var headers: HTTPHeaders
    /// The first bytes of the body, for the service's own word (`<Code>SlowDown</Code>`).
    package var excerpt: String

    package init(status: Int, headers: HTTPHeaders, excerpt: String) {
        self.status = status
        self.headers = headers
        self.excerpt = excerpt
    }
}
