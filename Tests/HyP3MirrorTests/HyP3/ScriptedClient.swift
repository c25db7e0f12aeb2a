import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import Synchronization

/// Answers requests from a function and remembers them: for answers that no real server can be brought to give.
final class ScriptedClient: HTTPClient {
    private let answer: @Sendable (HTTPRequest, _ number: Int) throws -> HTTPResponse
    private let sent = Mutex<[HTTPRequest]>([])
    private let opened = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest, _ number: Int) throws -> HTTPResponse) {
        self.answer = answer
    }

    /// Gives the answers one after another, the last one for ever.
    convenience init(_ answers: [HTTPResponse]) {
        self.init { _, number in answers[min(number, answers.count - 1)] }
    }

    var requests: [HTTPRequest] { self.sent.withLock { $0 } }

    /// Those for the head of `/`, which only open connections: they come beside the others and fail.
    var openings: [HTTPRequest] { self.opened.withLock { $0 } }

    func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse {
        if request.method == .head, request.url.hasSuffix("/") {
            self.opened.withLock { $0.append(request) }
            throw TransferError(code: .connection, message: "not answered")
        }
        let number = self.sent.withLock {
            $0.append(request)
            return $0.count - 1
        }
        return try self.answer(request, number)
    }
}

extension HTTPResponse {
    init(_ status: Int, _ headers: HTTPHeaders = [:], body: String = "") {
        self.init(head: HTTPResponseHead(status: status, headers: headers), body: Array(body.utf8))
    }

    static func redirect(_ location: String, cookie: String? = nil) -> HTTPResponse {
        var headers: HTTPHeaders = ["Location": location]
        if let cookie { headers.append("Set-Cookie", cookie) }
        return HTTPResponse(302, headers)
    }
}

/// A clock that stands still, and waits that are only written down.
final class TestPace: Sendable {
    /// 2024-08-01T08:13:20Z
    static let now = Date(timeIntervalSince1970: 1_722_500_000)

    private let waits = Mutex<[Duration]>([])

    var waited: [Duration] { self.waits.withLock { $0 } }

    var pace: Pace {
        Pace(now: { Self.now }, sleep: { wait in self.waits.withLock { $0.append(wait) } }, random: { 0.5 })
    }
}

/// A token whose `exp` is so many seconds after `TestPace.now`.
func webToken(expiringAfter seconds: Int) -> String {
    let claims = #"{"uid":"me","exp":\#(1_722_500_000 + seconds)}"#
    let payload = Data(claims.utf8).base64EncodedString().filter { $0 != "=" }
    return "eyJhbGciOiJSUzI1NiJ9.\(payload.map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()).c2ln"
}
