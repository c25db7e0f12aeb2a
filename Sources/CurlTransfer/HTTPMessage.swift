/// Header fields of a request or a response, in the order given; names compare without regard to case (RFC 9110 §5.1).
///
/// A value may be a credential, so `description` shows names only.
package struct HTTPHeaders: Sendable, Hashable, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    private var fields: [Field] = []

    private struct Field: Sendable, Hashable {
        var name: String
        /// `name` in lower case, to compare by.
        var key: String
        var value: String
    }

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self.append(name, value) }
    }

    package mutating func append(_ name: String, _ value: String) {
        self.fields.append(Field(name: name, key: name.lowercased(), value: value))
    }

    /// Goes on with the value of the last field (a folded line); nothing where there is none.
    mutating func extendLast(_ more: String) {
        guard let last = self.fields.indices.last else { return }
        self.fields[last].value += " \(more)"
    }

    /// The first value under `name`, without surrounding white space.
    package subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return self.fields.first { $0.key == wanted }?.value
    }

    /// Every value under `name`, in the order received (`Set-Cookie` comes more than once).
    package func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return self.fields.filter { $0.key == wanted }.map(\.value)
    }

    /// Name and value of each field.
    package var pairs: [(name: String, value: String)] { self.fields.map { ($0.name, $0.value) } }

    package var description: String { self.fields.map(\.name).joined(separator: ", ") }
}

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

/// Status and header fields of a response, before its body.
package struct HTTPResponseHead: Sendable {
    package var status: Int
    package var headers: HTTPHeaders

    package init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }
}

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

/// Sends one request and collects the answer, whatever its status.
package protocol HTTPClient: Sendable {
    /// - Parameter bodyLimit: bytes; a longer body is an error of code `.bodyTooLarge`.
    /// - Throws: `TransferError` when no whole answer came; an HTTP error status is an answer.
    func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse
}
