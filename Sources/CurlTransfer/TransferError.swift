/// Why no whole answer came from a server.
package struct TransferError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package struct Code: Sendable, Hashable {
        private enum Kind: Sendable {
            case connection, timeout, tls, shortBody, bodyTooLarge, cancelled, invalidRequest, internalError, refused,
                proxy, certificateTime, certificateStore
        }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }

        /// No connection, or it broke: name not resolved, refused, reset, closed in mid-answer.
        package static let connection = Code(.connection)
        /// No byte for the stall time, or no connection in time.
        package static let timeout = Code(.timeout)
        /// The server's certificate or the TLS handshake was not acceptable. Trying again will not help.
        package static let tls = Code(.tls)
        /// The connection ended before the announced length.
        package static let shortBody = Code(.shortBody)
        /// The body is longer than the caller takes.
        package static let bodyTooLarge = Code(.bodyTooLarge)
        /// The task was cancelled.
        package static let cancelled = Code(.cancelled)
        /// The URL or an option cannot be used.
        package static let invalidRequest = Code(.invalidRequest)
        /// libcurl reported something that is none of the above.
        package static let internalError = Code(.internalError)
        /// A proxy stands between and refuses. Trying again will not help.
        package static let proxy = Code(.proxy)
        /// The server's certificate is over, or does not count yet, by this machine's clock.
        package static let certificateTime = Code(.certificateTime)
        /// There are no certificates on this machine to trust, or they cannot be read.
        package static let certificateStore = Code(.certificateStore)
        /// The receiver of the body wanted no more of it.
        package static let refused = Code(.refused)
    }

    package var code: Code
    /// One clause for people: what failed, with the host and the values.
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool {
        switch self.code {
        case .connection, .timeout, .shortBody: true
        default: false
        }
    }

    /// Whether the server could not be trusted, for whatever reason.
    package var isAboutTrust: Bool { [.tls, .certificateTime, .certificateStore].contains(self.code) }

    package var description: String { self.message }
}
