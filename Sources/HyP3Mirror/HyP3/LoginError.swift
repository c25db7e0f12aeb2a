/// Why nobody could be logged in, with the cure.
package struct LoginError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package enum Code: Sendable, Hashable {
        /// None of the places has any.
        case noCredentials
        /// A file or value that should hold them cannot be used.
        case unusableCredentials
        /// Earthdata Login does not know this user and password.
        case wrongPassword
        /// The token's time is over.
        case expiredToken
        /// HyP3 does not take the token or the cookie.
        case rejected
        /// The account has to approve an application or accept a license first.
        case approvalNeeded
        /// The account's profile lacks something.
        case profileIncomplete
        /// The login went through and brought no cookie: the login URL is not the one for HyP3.
        case noCookie
        /// Earthdata Login or ASF's login page does not answer, or answers with its own failure.
        case unavailable
        /// An answer that no login gives.
        case unexpectedAnswer
        /// A certificate is not acceptable.
        case tls
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
        case .noCredentials, .unusableCredentials, .wrongPassword, .expiredToken, .rejected, .approvalNeeded,
            .profileIncomplete, .noCookie:
            false
        }
    }

    package var description: String { self.message }
}
