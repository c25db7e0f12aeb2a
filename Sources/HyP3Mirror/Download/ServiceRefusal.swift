package import CurlTransfer

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
