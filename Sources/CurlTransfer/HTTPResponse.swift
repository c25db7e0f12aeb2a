/// A whole response of the API or the login service, its body in memory.
package struct HTTPResponse: Sendable {
    package var head: HTTPResponseHead
    package var body: [UInt8]

    package var status: Int { self.head.status }
    package var headers: HTTPHeaders { self.head.headers }

    package init(head: HTTPResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
