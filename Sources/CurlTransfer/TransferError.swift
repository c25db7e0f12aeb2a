/// Why no whole answer came from a server.
package struct TransferError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, to branch on.
    package enum Code: Sendable, Hashable {
        /// No connection, or it broke: name not resolved, refused, reset, closed in mid-answer.
        case connection
        /// No byte for the stall time, or no connection in time.
        case timeout
        /// The server's certificate or the TLS handshake was not acceptable. Trying again will not help.
        case tls
        /// The connection ended before the announced length.
        case shortBody
        /// The body is longer than the caller takes.
        case bodyTooLarge
        /// The task was cancelled.
        case cancelled
        /// The URL or an option cannot be used.
        case invalidRequest
        /// libcurl reported something that is none of the above.
        case internalError
        /// A proxy stands between and refuses. Trying again will not help.
        case proxy
        /// The server's certificate is over, or does not count yet, by this machine's clock.
        case certificateTime
        /// There are no certificates on this machine to trust, or they cannot be read.
        case certificateStore
        /// The receiver of the body wanted no more of it.
        case refused
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
