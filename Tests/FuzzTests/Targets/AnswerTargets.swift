import FoundationEssentials
import Synchronization

@testable import Checksums
@testable import CurlTransfer
@testable import HyP3Mirror

extension FuzzTarget {
    /// The lines of a head as libcurl hands them over, and what is made of it: of an answer to the question for a whole
    /// object, and to that for a part.
    static let head = FuzzTarget(name: "head") { input, _ in
        guard let head = try Heads.shared.head(input) else { return }
        let listed = ObjectExpectation.Listed(size: 1_000, etag: "\"abc\"")
        for expectation in [ObjectExpectation(name: "x.tif"), ObjectExpectation(name: "x.tif", listed: listed)] {
            try requireSound(Answer(head, to: .whole, expecting: expectation), head, asked: nil)
            let known = ServiceEvidence(["ETag": "\"abc\""])
            let question = ObjectQuestion.part(100..<200, total: 1_000, evidence: known)
            try requireSound(Answer(head, to: question, expecting: expectation), head, asked: 100..<200)
        }
        let evidence = ServiceEvidence(head.headers)
        for total in [-1, 0, 1_000, .max] as [Int64] {
            let plan = ProofPlan(evidence, total: total)
            if case .proven = plan.verdict(DigestSet.Results()) {
                throw BrokenProperty(description: "bytes that nobody has digested are proven")
            }
        }
        let now = Date(timeIntervalSince1970: 1_722_500_000)
        let wait = head.headers["Retry-After"].flatMap { RetryAfter.wait($0, now: now) }
        for failures in [1, 5] {
            let delay = RetryPolicy().delay(afterFailures: failures, retryAfter: wait, random: 1) ?? .zero
            try require(delay >= .zero && delay <= .seconds(120), "a wait of \(delay)")
        }
        let clock = ServiceClock(local: { now }, elapsed: { .zero })
        clock.note(dateHeader: head.headers["Date"])
        try requireShown(clock.warning ?? "", "a warning of the clock")
    }

    private static func requireSound(_ answer: Answer, _ head: HTTPResponseHead, asked: Range<Int64>?) throws {
        switch answer {
        case .whole(let object):
            try require(head.status == 200, "status \(head.status) is taken for an object")
            let total = object.total ?? 0
            try require((0...Answer.largestObject).contains(total), "an object of \(total) bytes")
        case .part:
            try require(head.status == 206 && asked != nil, "status \(head.status) is taken for a part")
            // By the fields themselves: one range, of the version that was asked for.
            try require(head.headers["ETag"] == "\"abc\"", "a part of another object is taken")
            let range = head.headers["Content-Range"]?.lowercased() ?? ""
            try require(range.hasPrefix("bytes ") && range.contains("100-"), "the part \(range) is taken for 100-199")
        case .refused: try require(head.status != 200 && head.status != 206, "an object is refused")
        case .undividable(let reason), .changed(let reason), .encoded(let reason):
            try require(reason.utf8.count < 4096, "a reason of \(reason.utf8.count) bytes")
        case .unusable(let failure):
            try require(failure.reason.utf8.count < 4096, "a reason of \(failure.reason.utf8.count) bytes")
        }
    }

    /// The answers of a login: what each says and where it leads. A line `STATUS` begins an answer, lines of its fields
    /// follow, and after an empty one its body, up to a line of one dot.
    static let login = FuzzTarget(name: "login") { input, _ in
        let client = LoginScript(input)
        let login = EarthdataLogin(client: client, url: client.url, pace: .still)
        let result = finished { () async -> Result<Secret, any Error> in
            do {
                return .success(try await login.cookie(user: "me", password: Secret("p4ssw0rd"), source: "NETRC"))
            } catch {
                return .failure(error)
            }
        }
        try require(client.trouble == nil, client.trouble ?? "")
        switch result {
        case .success(let cookie):
            let isSendable = cookie.reveal().utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            try require(isSendable && !cookie.reveal().isEmpty, "the cookie \(cookie.reveal().debugDescription)")
        case .failure(let error as LoginError):
            try requireShown(error.message, "an error of the login")
            try require(!error.message.contains("p4ssw0rd"), "an error shows the password: \(error.message)")
        case .failure(let error): throw error
        }
    }
}

/// Hands lines to the reader of heads.
private final class Heads: Sendable {
    static let shared = Heads()

    private struct Unmade: Error {}
    private let engine = Result { try TransferEngine.open(TransferOptions()) }

    func head(_ input: [UInt8]) throws -> HTTPResponseHead? {
        let sink = HeadSink()
        let transfer = ActiveTransfer(
            id: 1,
            easy: try EasyHandle(),
            url: "https://bucket.example/x.tif",
            sink: sink,
            control: TransferControl(id: 1, engine: try self.engine.get()),
            limiter: RateLimiter(),
            counter: ByteCounter(),
            finish: { _ in }
        )
        for line in input.split(separator: 10, omittingEmptySubsequences: false) {
            let goesOn = (Array(line) + [10]).withUnsafeBytes { transfer.header($0) }
            if !goesOn { break }
        }
        try require(sink.heads.withLock { $0.count } <= 1, "a head is given twice")
        let head = sink.heads.withLock { $0.first }
        try require((head?.status ?? 200) >= 200, "an answer of status \(head?.status ?? 0) is taken for the final one")
        return head
    }
}

private final class HeadSink: BodySink {
    let heads = Mutex<[HTTPResponseHead]>([])

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision {
        self.heads.withLock { $0.append(head) }
        return .take
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision { .take }
}

/// Gives the answers of a text one after another, and looks at who is told what.
private final class LoginScript: HTTPClient {
    let url = HTTPURL(
        origin: Origin(scheme: "https", host: "urs.example", port: 443),
        path: "/oauth/authorize",
        query: "redirect_uri=https://asf.example/login"
    )
    private let answers: Mutex<[HTTPResponse]>
    private let sent = Mutex<(requests: Int, trouble: String?)>((0, nil))
    var trouble: String? { self.sent.withLock { $0.trouble } }

    init(_ input: [UInt8]) {
        var answers: [HTTPResponse] = []
        var isInBody = false
        for line in input.split(separator: 10, omittingEmptySubsequences: false) {
            let text = String(decoding: line, as: UTF8.self)
            if let last = answers.indices.last, !(isInBody && text == ".") {
                if isInBody {
                    answers[last].body += line + [10]
                } else if text.isEmpty {
                    isInBody = true
                } else if let colon = text.firstIndex(of: ":") {
                    let value = text[text.index(after: colon)...].drop { $0 == " " }
                    answers[last].head.headers.append(String(text[..<colon]), String(value))
                }
            } else {
                isInBody = false
                let status = Int(text) ?? 302
                answers.append(HTTPResponse(head: HTTPResponseHead(status: status, headers: [:]), body: []))
            }
        }
        self.answers = Mutex(answers)
    }

    func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse {
        let url = try HTTPURL(request.url)
        self.sent.withLock { sent in
            sent.requests += 1
            if sent.requests > 64 { sent.trouble = "more than 64 requests for a login" }
            if !["urs.example", "asf.example"].contains(url.origin.host) { sent.trouble = "\(url) is asked" }
            if !url.origin.isConfidential { sent.trouble = "\(url) is asked without TLS" }
            let isLogin = url.origin == self.url.origin
            if !isLogin, request.headers["Authorization"] != nil { sent.trouble = "\(url) sees the password" }
            for (name, value) in request.headers.pairs where value.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) {
                sent.trouble = "the field \(name) has the value \(value.debugDescription)"
            }
        }
        return self.answers.withLock { answers in
            answers.isEmpty
                ? HTTPResponse(head: HTTPResponseHead(status: 500, headers: [:]), body: []) : answers.removeFirst()
        }
    }
}

extension Pace {
    /// Nobody waits, and time stands still.
    fileprivate static let still = Pace(
        now: { Date(timeIntervalSince1970: 1_722_500_000) },
        sleep: { _ in },
        random: { 0.5 }
    )
}

/// Runs `body` to its end while this thread waits.
private func finished<R: Sendable>(_ body: @escaping @Sendable () async -> R) -> R {
    let done = Waiting<R>()
    Task.detached { done.give(await body()) }
    return done.take()
}
