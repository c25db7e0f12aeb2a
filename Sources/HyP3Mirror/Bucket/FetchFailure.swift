/// Why one attempt at a product did not archive it.
package struct FetchFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What may help, to branch on.
    package enum Kind: Sendable, Hashable {
        /// Trouble on the way that may be over in a moment. `retryAfter` is the service's wish.
        case transient(retryAfter: Duration?)
        /// The service asks for fewer requests (429, 503).
        case throttled(retryAfter: Duration?)
        /// The bytes contradict the service's own digest, or cannot be a file of this kind; fetched again from zero.
        case corrupt
        /// Another object lies there now; fetched again from zero.
        case changed
        /// The bucket says in its own words that there is no such object (`isTold`), or that it may not tell. No proof by
        /// itself: see `AbsenceProof`.
        case missing(isTold: Bool)
        /// Proven not to exist.
        case absent(AbsenceProof)
        /// Not there, and HyP3 has deleted it by now.
        case expired
        /// Refused in a way that says nothing about whether the object exists.
        case refused
        /// The service's digest is right and the file is broken all the same.
        case damagedUpstream
        /// No usable digest, where one is required.
        case unverifiable
        /// Trying again will not help.
        case permanent
    }

    package var kind: Kind
    /// One clause for people.
    package var reason: String
    /// Whether it tells of the host and not of the product: no connection, an unacceptable certificate, a refusal of what
    /// HyP3 itself says is there.
    package var concernsHost = false
    /// Whether the bucket says in its own words why this object cannot be had, so that nothing follows for others.
    package var concernsObject = false

    /// SHA-256 of the bytes that were refused, in hexadecimal.
    package var digest: String?

    package init(_ kind: Kind, _ reason: String, digest: String? = nil, concernsHost: Bool = false) {
        self.kind = kind
        self.reason = reason
        self.digest = digest
        self.concernsHost = concernsHost
    }

    /// Whether what is staged is of no more use.
    package var discardsStaged: Bool {
        switch self.kind {
        case .corrupt, .changed, .absent, .expired, .damagedUpstream, .unverifiable: true
        case .transient, .throttled, .missing, .refused, .permanent: false
        }
    }

    package var description: String { self.reason }
}
