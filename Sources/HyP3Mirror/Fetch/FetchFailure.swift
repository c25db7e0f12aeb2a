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
        /// The service has no such object (404, or 403 where missing objects may not be told from forbidden ones).
        case absent
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

    /// SHA-256 of the bytes that were refused, in hexadecimal.
    package var digest: String?

    package init(_ kind: Kind, _ reason: String, digest: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.digest = digest
    }

    /// Whether what is staged is of no more use.
    package var discardsStaged: Bool {
        switch self.kind {
        case .corrupt, .changed, .absent, .damagedUpstream, .unverifiable: true
        case .transient, .throttled, .permanent: false
        }
    }

    package var description: String { self.reason }
}
