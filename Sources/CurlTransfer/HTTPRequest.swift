/// One request. Redirects are never followed by the engine: who may see which header is the caller's decision.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
    }

    package var method: Method
    /// Absolute URL, `https` or `http`.
    package var url: String
    package var headers: HTTPHeaders
    /// Whether a connection is made for it in place of one that is open already: to see the same bytes by another way.
    package var usesFreshConnection = false
    /// Bytes a second; a transfer that stays below for the engine's stall time is given up.
    package var leastRate = 1
    /// From start to end; nil sets no limit.
    package var timeLimit: Duration?

    package init(_ method: Method = .get, _ url: String, headers: HTTPHeaders = [:]) {
        self.method = method
        self.url = url
        self.headers = headers
    }
}
