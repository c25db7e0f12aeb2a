/// Sends one request and collects the answer, whatever its status.
package protocol HTTPClient: Sendable {
    /// - Parameter bodyLimit: bytes; a longer body is an error of code `.bodyTooLarge`.
    /// - Throws: `TransferError` when no whole answer came; an HTTP error status is an answer.
    func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse
}
