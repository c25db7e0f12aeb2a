/// Why nobody could be logged in, with the cure.
package struct LoginError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package struct Code: Sendable, Hashable {
        private enum Kind: Sendable {
            case noCredentials, unusableCredentials, wrongPassword, expiredToken, rejected, approvalNeeded,
                profileIncomplete, noCookie, unavailable, unexpectedAnswer, tls
        }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }

        /// None of the places has any.
        package static let noCredentials = Code(.noCredentials)
        /// A file or value that should hold them cannot be used.
        package static let unusableCredentials = Code(.unusableCredentials)
        /// Earthdata Login does not know this user and password.
        package static let wrongPassword = Code(.wrongPassword)
        /// The token's time is over.
        package static let expiredToken = Code(.expiredToken)
        /// HyP3 does not take the token or the cookie.
        package static let rejected = Code(.rejected)
        /// The account has to approve an application or accept a license first.
        package static let approvalNeeded = Code(.approvalNeeded)
        /// The account's profile lacks something.
        package static let profileIncomplete = Code(.profileIncomplete)
        /// The login went through and brought no cookie: the login URL is not the one for HyP3.
        package static let noCookie = Code(.noCookie)
        /// Earthdata Login or ASF's login page does not answer, or answers with its own failure.
        package static let unavailable = Code(.unavailable)
        /// An answer that no login gives.
        package static let unexpectedAnswer = Code(.unexpectedAnswer)
        /// A certificate is not acceptable.
        package static let tls = Code(.tls)
    }

    package let code: Code
    /// One sentence for people: what, where, and what to do.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the service is at fault (exit 69) and not the credentials (exit 77).
    package var isServiceFault: Bool {
        switch self.code {
        case .unavailable, .unexpectedAnswer, .tls: true
        default: false
        }
    }

    package var description: String { self.message }
}
