/// A response and the way it is put on the wire.
struct HTTPResponse: Sendable {
    /// What happens once that many body bytes have been sent.
    enum Ending: Sendable {
        /// The connection is closed in due form.
        case cut
        /// TCP ends without TLS having said so.
        case drop
        /// The connection is reset (RST).
        case reset
        /// Only the sending side is closed; the connection stays open until the client closes it.
        case halfClose
        /// Nothing more is sent, until the client closes or the stall is released.
        case stall
    }

    /// What the header says about the body's length.
    enum DeclaredLength: Sendable {
        case exact
        /// No `Content-Length`: the end of the connection is the end of the body.
        case absent
        /// Another number than the body has.
        case value(Int)
        /// `Transfer-Encoding: chunked`.
        case chunked
    }

    var status: Int
    var reason: String
    var headers: [(name: String, value: String)]
    var body: Content
    /// False for `HEAD`: the header describes a body that is not sent.
    var sendsBody = true
    var declaredLength = DeclaredLength.exact
    /// Fewer than all bytes of the body, then an ending of another kind than the body's own.
    var ending: (after: Int, kind: Ending)?
    var closes = false
    /// A line that is put before the header fields as it is.
    var firstHeaderLine: String?
    /// Seconds that its clock is ahead of the machine's.
    var clockAhead = 0
    /// Seconds to wait before the header is sent.
    var delay = 0.0
    /// Bytes of body a second, at most.
    var bytesPerSecond: Int?
    /// Run once the body has been sent as far as it is going to be, before an ending.
    var afterBody: (@Sendable () -> Void)?

    init(_ status: Int, _ reason: String? = nil, headers: [(String, String)] = [], body: Content = Content()) {
        self.status = status
        self.reason = reason ?? standardReason(status)
        self.headers = headers.map { (name: $0.0, value: $0.1) }
        self.body = body
    }

    /// Sets a header, replacing any of that name; nil removes it.
    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { headers.append((name, value)) }
    }

    /// The first header of that name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The bytes before the body.
    func head(now: CalendarTime) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(reason)\r\n"
        if let firstHeaderLine { text += "\(firstHeaderLine)\r\n" }
        for (name, value) in headers {
            text += "\(name): \(value)\r\n"
        }
        switch declaredLength {
        case .exact: if status != 304 { text += "Content-Length: \(body.count)\r\n" }
        case .value(let count): text += "Content-Length: \(count)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        case .absent: break
        }
        if closes { text += "Connection: close\r\n" }
        text += "Date: \(now.adding(seconds: clockAhead).httpDate)\r\n\r\n"
        return Array(text.utf8)
    }
}

private func standardReason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 206: "Partial Content"
    case 302: "Found"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 412: "Precondition Failed"
    case 416: "Requested Range Not Satisfiable"
    case 429: "Too Many Requests"
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Status \(status)"
    }
}
