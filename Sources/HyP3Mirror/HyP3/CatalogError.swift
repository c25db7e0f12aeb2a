/// Why HyP3 could not be asked what it has. A 401 that a new login does not cure is a `LoginError`.
package struct CatalogError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package enum Code: Sendable, Hashable {
        /// No answer, a 5xx or a 429, after every attempt the retry policy allows.
        case unavailable
        /// An answer that is not the JSON it should be, after every attempt.
        case unreadable
        /// A `next` link that was followed before.
        case endless
        /// A `next` link or a redirect to another host; no credential went there.
        case foreignLink
        /// 403: the account may not use this HyP3.
        case forbidden
        /// 400: the service does not take a value of the query.
        case badRequest
        /// An answer that is not HyP3's own: the page of a firewall, a filter, another server.
        case foreign
        /// 404 or another answer of a HyP3, but not to this question.
        case notHyP3
        /// The host's certificate is not acceptable.
        case tls
    }

    /// Whose fault it is, which decides the exit status.
    package enum Blame: Sendable, Hashable {
        /// Exit 69: worth a later run as is.
        case service
        /// Exit 77.
        case credentials
        /// Exit 78.
        case configuration
    }

    package let code: Code
    /// One sentence for people: what, where, and what to do.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var blame: Blame {
        switch self.code {
        case .forbidden: .credentials
        case .badRequest, .notHyP3: .configuration
        case .unavailable, .unreadable, .endless, .foreignLink, .foreign, .tls: .service
        }
    }

    package var description: String { self.message }
}
