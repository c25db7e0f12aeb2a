import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import Logging
import Synchronization
import TestSupport
import Testing

private let origin = Origin(scheme: "https", host: "hyp3.example", port: 443)
private let jobJSON = `Job page`.job

@Suite struct `Job listing` {
    private struct Run {
        var ids: [String] = []
        var summary = JobListing.Summary()
    }

    private static func session(
        _ client: ScriptedClient,
        _ credentials: Credentials = Credentials(.token(Secret("tok")), source: "EARTHDATA_TOKEN"),
        pace: Pace
    ) throws -> APISession {
        let login = EarthdataLogin(client: client, url: try HTTPURL("https://urs.example/oauth/authorize"), pace: pace)
        return APISession(origin: origin, credentials: credentials, login: login, pace: pace)
    }

    private static func list(
        _ client: ScriptedClient,
        _ query: JobQuery = JobQuery(name: "p"),
        windows: Int = 1,
        pace: TestPace = TestPace(),
        credentials: Credentials = Credentials(.token(Secret("tok")), source: "EARTHDATA_TOKEN")
    ) async throws -> Run {
        let reader = PageReader(
            origin: origin,
            client: client,
            session: try Self.session(client, credentials, pace: pace.pace),
            pace: pace.pace,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        var run = Run()
        run.summary = try await JobListing(reader: reader, windows: windows)
            .read(query, parameters: []) { page in run.ids += page.jobs.map(\.id) }
        return run
    }

    private static func failure(
        _ answers: [HTTPResponse],
        pace: TestPace = TestPace()
    ) async throws -> (error: CatalogError, requests: Int, pace: TestPace) {
        let client = ScriptedClient(answers)
        let error = try await #require(throws: CatalogError.self) { _ = try await Self.list(client, pace: pace) }
        #expect(!error.message.contains("tok"))
        return (error, client.requests.count, pace)
    }

    private static func page(_ ids: [String] = [], next: String? = nil) -> HTTPResponse {
        let jobs = ids.map { jobJSON.replacing("a1", with: $0) }.joined(separator: ",")
        return HTTPResponse(200, body: "{\"jobs\": [\(jobs)]" + (next.map { ", \"next\": \"\($0)\"" } ?? "") + "}")
    }

    @Test func `pages are followed through empty ones to the one without next`() async throws {
        let client = ScriptedClient([
            Self.page(["a", "b"], next: "https://hyp3.example/jobs?name=p&start_token=1"),
            Self.page(next: "https://hyp3.example/jobs?name=p&start_token=2"),
            Self.page(next: "https://HYP3.example:443/jobs?name=p&start_token=3"), Self.page(["c"]),
        ])
        let run = try await Self.list(client)
        #expect(run.ids == ["a", "b", "c"])
        #expect(run.summary.pages == 4 && run.summary.jobs == 3)
        #expect(client.requests.map { $0.headers["Authorization"] } == Array(repeating: "Bearer tok", count: 4))
    }

    @Test func `the question is asked as HyP3 wants it`() async throws {
        let client = ScriptedClient([Self.page()])
        let query = JobQuery(
            name: "a b+c&d=é/\"",
            jobType: "WATER_MAP",
            userID: "me",
            start: TestPace.now,
            end: TestPace.now + 60.5
        )
        _ = try await Self.list(client, query)
        #expect(
            client.requests.first?.url
                == "https://hyp3.example/jobs?name=a%20b%2Bc%26d%3D%C3%A9%2F%22&job_type=WATER_MAP&user_id=me"
                + "&start=2024-08-01T08%3A13%3A20Z&end=2024-08-01T08%3A14%3A20Z"
        )
        #expect(JobQuery().url(at: origin).text == "https://hyp3.example/jobs")
        #expect(JobQuery(name: "").url(at: origin).query == nil)
    }

    @Test func `a bad job is told and skipped`() async throws {
        let run = try await Self.list(
            ScriptedClient([HTTPResponse(200, body: "{\"jobs\": [{\"job_id\": \"x\"}, \(jobJSON)]}")])
        )
        #expect(run.ids == ["a1"])
        #expect(run.summary.unreadable.first.map(\.jobID) == ["x"])
    }

    @Test(arguments: [
        "https://evil.example/jobs?start_token=1", "http://hyp3.example/jobs?start_token=1",
        "https://hyp3.example:8443/jobs?start_token=1", "https://hyp3.example@evil.example/jobs", "//evil.example/jobs",
        "https://hyp3.example.evil.example/jobs",
    ])
    func `a next on another host is refused and never asked`(_ next: String) async throws {
        let (error, requests, _) = try await Self.failure([Self.page(["a"], next: next)])
        #expect(error.code == .foreignLink && error.blame == .service)
        #expect(requests == 1)
    }

    @Test func `a next that never ends is found out`() async throws {
        let (error, requests, _) = try await Self.failure([
            Self.page(next: "https://hyp3.example/jobs?start_token=1"),
            Self.page(next: "https://hyp3.example/jobs?start_token=2"),
            Self.page(next: "https://hyp3.example/jobs?start_token=1"),
        ])
        #expect(error.code == .endless && error.message.contains("no end"))
        #expect(requests == 3)
    }

    @Test(arguments: [
        (HTTPResponse(200, ["Content-Type": "text/html"], body: "<html>hello</html>"), "web page"),
        (HTTPResponse(200, body: "{\"jobs\": [{\"job_id\": "), "cut short"),
        (HTTPResponse(200, body: "{\"detail\": \"x\"}"), "without a list \"jobs\""), (HTTPResponse(200), "empty"),
    ])
    func `a 200 that is no page is told after some attempts`(_ answer: HTTPResponse, _ part: String) async throws {
        let (error, requests, _) = try await Self.failure([answer])
        #expect(error.code == .unreadable && error.blame == .service)
        #expect(error.message.contains(part) && error.message.contains("https://hyp3.example"))
        #expect(requests == 6)
    }

    @Test func `truncated JSON that passes costs a wait`() async throws {
        let client = ScriptedClient([HTTPResponse(200, body: "{\"jobs\": ["), Self.page(["a"])])
        #expect(try await Self.list(client).ids == ["a"])
    }

    @Test func `403 is told with the service's message`() async throws {
        let (error, requests, _) = try await Self.failure([HTTPResponse(403, body: #"{"message": "Forbidden"}"#)])
        #expect(error.code == .forbidden && error.blame == .credentials)
        #expect(error.message.contains("\"Forbidden\" (HTTP 403)"))
        #expect(requests == 1)
    }

    @Test func `400 is told with the service's detail`() async throws {
        let detail = #"{"status": 400, "detail": "Value FOO not valid", "title": "Bad Request"}"#
        let (error, requests, _) = try await Self.failure([HTTPResponse(400, body: detail)])
        #expect(
            error.code == .badRequest && error.blame == .configuration && error.message.contains("Value FOO not valid")
        )
        #expect(requests == 1)
    }

    @Test func `429 waits as long as it says, in seconds or until a date`() async throws {
        let pace = TestPace()
        let client = ScriptedClient([
            HTTPResponse(429, ["Retry-After": "11"], body: #"{"message": "Too Many Requests"}"#),
            HTTPResponse(429, ["Retry-After": "Thu, 01 Aug 2024 08:13:50 GMT"]), Self.page(["a"]),
        ])
        #expect(try await Self.list(client, pace: pace).ids == ["a"])
        #expect(pace.waited == [.seconds(11), .seconds(30)])
    }

    @Test(arguments: [500, 502, 503, 504])
    func `failures of the service are tried again, then told`(_ status: Int) async throws {
        let body = #"{"detail": "HyP3 is currently unavailable. Please try again later.", "status": 503}"#
        let (error, requests, pace) = try await Self.failure([HTTPResponse(status, body: body)])
        #expect(error.code == .unavailable && error.blame == .service)
        #expect(error.message.contains("HyP3 is currently unavailable") && error.message.contains("\(status)"))
        #expect(requests == 6 && pace.waited.count == 5)
    }

    @Test func `timeouts are tried again, distrust and endless bodies are not`() async throws {
        func error(_ code: TransferError.Code) async throws -> (CatalogError, Int) {
            let client = ScriptedClient { _, _ in throw TransferError(code: code, message: "because") }
            let error = try await #require(throws: CatalogError.self) { _ = try await Self.list(client) }
            return (error, client.requests.count)
        }
        let (timeout, attempts) = try await error(.timeout)
        #expect(timeout.code == .unavailable && attempts == 6 && timeout.message.contains("because"))
        let (tls, once) = try await error(.tls)
        #expect(tls.code == .tls && once == 1 && tls.message.contains("--cacert"))
        #expect(try await error(.bodyTooLarge).0.code == .unreadable)
    }

    @Test func `a redirect and an answer of no HyP3 are told with the cure`() async throws {
        let (moved, requests, _) = try await Self.failure([.redirect("https://new.example/ui")])
        #expect(moved.code == .foreignLink && moved.message.contains("https://new.example") && requests == 1)
        let (lost, _, _) = try await Self.failure([HTTPResponse(404, body: #"{"title": "Not Found"}"#)])
        #expect(lost.code == .notHyP3 && lost.blame == .configuration && lost.message.contains("check host"))
    }

    @Test(arguments: [400, 401, 402, 403, 404, 405, 406, 451])
    func `a page of somebody else is no word of HyP3's`(_ status: Int) async throws {
        let page = "<!DOCTYPE html><html><title class='x'>Blocked by\n the <filter></title><body>{}</body>"
        for (body, said) in [
            (page, "titled \"Blocked by the <filter>\" (HTTP \(status))"), ("", "nothing but a status"),
        ] {
            let (error, requests, _) = try await Self.failure([HTTPResponse(status, body: body)])
            #expect(error.code == .foreign && error.blame == .service && requests == 1)
            #expect(error.message.contains(said), "\(error)")
        }
    }

    @Test func `tokens that are ever new and bring nothing are told after some hundred pages`() async throws {
        for ids in [[], ["a", "b"]] {
            let client = ScriptedClient { _, number in
                Self.page(ids, next: "https://hyp3.example/jobs?start_token=\(number)")
            }
            let error = try await #require(throws: CatalogError.self) { _ = try await Self.list(client) }
            #expect(error.code == .endless && error.blame == .service)
            #expect((300...302).contains(client.requests.count))
        }
    }

    @Test(arguments: [1, 6], [true, false])
    func `a service that ignores windows costs little more than one walk`(_ windows: Int, _ isOpen: Bool) async throws {
        let entries = (0..<4_000).map { number in
            PagingService.Entry(id: "j\(number)", name: "p", time: TestPace.now - Double(number) * 3000)
        }
        let service = PagingService(entries: entries, pageSize: 20, hasOpenTokens: isOpen)
        let client = ScriptedClient { request, _ in
            let url = try HTTPURL(request.url)
            let items = (url.query ?? "").split(separator: "&").filter {
                !$0.hasPrefix("start=") && !$0.hasPrefix("end=")
            }
            return try service.page(HTTPURL(origin: url.origin, path: url.path, query: items.joined(separator: "&")))
        }
        let run = try await Self.list(client, windows: windows)
        #expect(run.ids.count == 4_000 && Set(run.ids).count == 4_000)
        #expect(client.requests.count <= 200 + 3 * windows, "\(client.requests.count)")
        let asked = JobQuery(name: "p", start: TestPace.now - 60_000, end: TestPace.now - 6_000)
        #expect(Set(try await Self.list(client, asked, windows: windows).ids) == Set(service.ids(asked)))
    }

    @Test func `a million unreadable jobs are a number and the first few`() async throws {
        let body = "{\"jobs\": [" + Array(repeating: "1", count: 100_000).joined(separator: ",") + "]}"
        let run = try await Self.list(ScriptedClient([HTTPResponse(200, body: body)]))
        #expect(run.summary.unreadable.count == 100_000 && run.summary.unreadable.first.count == 5)
        let sentence = run.summary.unreadable.sentence("cannot be read and left out")
        #expect(sentence.hasPrefix("100000 jobs cannot be read and left out: a job: it is not an object; "))
        #expect(sentence.hasSuffix("; and 99995 more") && sentence.utf8.count < 300)
    }

    @Test func `the time is learned from pages`() async throws {
        let clock = ServiceClock(local: { TestPace.now }, elapsed: { .zero })
        let pace = TestPace()
        let client = ScriptedClient([
            HTTPResponse(503, ["Date": "Thu, 01 Aug 2019 08:13:50 GMT"]),
            HTTPResponse(200, ["Date": "Thu, 22 Aug 2024 08:13:20 GMT"], body: #"{"jobs": []}"#),
        ])
        let reader = PageReader(
            origin: origin,
            client: client,
            session: try Self.session(client, pace: pace.pace),
            clock: clock,
            pace: pace.pace,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        _ = try await JobListing(reader: reader, windows: 1).read(JobQuery(), parameters: []) { _ in }
        #expect(clock.now == TestPace.now + 21 * 86_400)
    }

    @Test func `cancelling is no failure of the service`() async throws {
        let client = ScriptedClient { _, _ in throw TransferError(code: .cancelled, message: "") }
        let error = try await #require(throws: TransferError.self) { _ = try await Self.list(client) }
        #expect(error.code == .cancelled && client.requests.count == 1)
    }

    @Test func `a token that is not taken is told, without a second login`() async throws {
        let client = ScriptedClient([HTTPResponse(401, body: #"{"detail": "Signature has expired"}"#)])
        let error = try await #require(throws: LoginError.self) { _ = try await Self.list(client) }
        #expect(error.code == .rejected && !error.isServiceFault)
        #expect(error.message.contains("EARTHDATA_TOKEN") && error.message.contains("Signature has expired"))
        #expect(client.requests.count == 1)
    }

    @Test func `a token that is over and not taken is told as such`() async throws {
        let client = ScriptedClient([HTTPResponse(401, body: #"{"detail": "Signature has expired"}"#)])
        let credentials = try Credentials.find(
            environment: ["EARTHDATA_TOKEN": webToken(expiringAfter: -1)],
            netrcFile: nil,
            loginHost: "urs.example",
            now: .distantPast
        )
        let error = try await #require(throws: LoginError.self) {
            _ = try await Self.list(client, credentials: credentials)
        }
        #expect(error.code == .expiredToken && !error.isServiceFault)
        #expect(error.message.contains("expired at 2024-08-01T08:13:19Z") && error.message.contains("Generate Token"))
    }

    /// Earthdata Login and a HyP3 that takes a cookie for so many answers.
    private static func loginAndAPI(_ takes: @escaping @Sendable (_ login: Int, _ asked: Int) -> Bool) -> ScriptedClient
    {
        let state = Mutex((logins: 0, asked: 0))
        return ScriptedClient { request, _ in
            let url = try HTTPURL(request.url)
            return state.withLock { state in
                if url.origin.host == "urs.example" {
                    state.logins += 1
                    return HTTPResponse(302, ["Set-Cookie": "asf-urs=c\(state.logins); Path=/", "Location": "/x"])
                }
                #expect(request.headers["Authorization"] == nil)
                let login = Int(request.headers["Cookie"]?.dropFirst("asf-urs=c".count) ?? "") ?? 0
                state.asked += 1
                guard takes(login, state.asked) else { return HTTPResponse(401, body: #"{"detail": "expired"}"#) }
                let page = Int(url.queryValue("start_token") ?? "0") ?? 0
                let next = page < 9 ? "https://hyp3.example/jobs?start_token=\(page + 1)" : nil
                return Self.page(["j\(page)"], next: next)
            }
        }
    }

    private static let password = Credentials(.password(user: "me", Secret("pw")), source: "NETRC")

    @Test(arguments: [
        "https://hyp3.example:8443/jobs", "http://hyp3.example/jobs", "https://b.hyp3.example/",
        "https://b.s3.example/x",
    ])
    func `what shows HyP3 who asks is for its own origin only`(_ other: String) async throws {
        let client = Self.loginAndAPI { _, _ in true }
        for credentials in [Self.password, Credentials(.token(Secret("tok")), source: "EARTHDATA_TOKEN")] {
            let session = try Self.session(client, credentials, pace: TestPace().pace)
            let authorization = try await session.authorization()
            #expect(authorization.headers(for: try HTTPURL("https://hyp3.example/jobs?x")).pairs.count == 1)
            #expect(authorization.headers(for: try HTTPURL(other)).pairs.isEmpty)
        }
    }

    @Test func `one login serves all pages`() async throws {
        let client = Self.loginAndAPI { _, _ in true }
        #expect(try await Self.list(client, credentials: Self.password).ids.count == 10)
        #expect(client.requests.filter { $0.url.hasPrefix("https://urs.example") }.count == 1)
    }

    @Test func `a cookie that ends in mid-run is renewed`() async throws {
        let client = Self.loginAndAPI { login, asked in login == (asked < 4 ? 1 : asked < 8 ? 2 : 3) }
        #expect(try await Self.list(client, credentials: Self.password).ids == (0..<10).map { "j\($0)" })
        #expect(client.requests.filter { $0.url.hasPrefix("https://urs.example") }.count == 3)
    }

    @Test func `a fresh login that is not taken is told, not repeated`() async throws {
        let client = Self.loginAndAPI { _, asked in asked < 3 }
        let error = try await #require(throws: LoginError.self) {
            _ = try await Self.list(client, credentials: Self.password)
        }
        #expect(error.code == .rejected && error.message.contains("expired"))
        #expect(client.requests.filter { $0.url.hasPrefix("https://urs.example") }.count == 2)
    }

    @Test(arguments: 0..<12) func `windows side by side give what one walk gives, also through throttling`(
        _ seed: Int
    ) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let entries = (0..<500).map { index in
            PagingService.Entry(
                id: "job-\(index)",
                name: index.isMultiple(of: 3) ? "p" : "q",
                time: TestPace.now - Double(Int.random(in: 0..<90_000_000, using: &generator))
            )
        }
        let service = PagingService(entries: entries, pageSize: 11)
        let client = ScriptedClient { request, number in
            if number % 7 == 6, number < 60 { return HTTPResponse(number % 2 == 0 ? 429 : 503) }
            return try service.page(HTTPURL(request.url))
        }
        let run = try await Self.list(client, windows: 6)
        #expect(run.ids.sorted() == service.ids(JobQuery(name: "p")).sorted())
    }

    @Test func `side by side, one login serves all windows`() async throws {
        let entries = (0..<300).map { index in
            PagingService.Entry(id: "job-\(index)", name: "p", time: TestPace.now - Double(index * 100_000))
        }
        let service = PagingService(entries: entries, pageSize: 5)
        let client = ScriptedClient { request, _ in
            let url = try HTTPURL(request.url)
            if url.origin.host == "urs.example" { return .redirect("/x", cookie: "asf-urs=c") }
            return try service.page(url)
        }
        #expect(try await Self.list(client, windows: 6, credentials: Self.password).ids.count == 300)
        #expect(client.requests.filter { $0.url.hasPrefix("https://urs.example") }.count == 1)
    }

    @Test func `never more than the given number of pages is read at once, and half as many after a 429`() async throws
    {
        let entries = (0..<2000).map { index in
            PagingService.Entry(id: "job-\(index)", name: "p", time: TestPace.now - Double(index * 50_000))
        }
        let service = PagingService(entries: entries, pageSize: 10)
        let meter = Meter()
        let pace = TestPace()
        let reader = PageReader(
            origin: origin,
            client: MeteredClient(service: service, meter: meter),
            session: try Self.session(ScriptedClient([]), pace: pace.pace),
            pace: pace.pace,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let summary = try await JobListing(reader: reader, windows: 6)
            .read(JobQuery(), parameters: []) { page in meter.delivered(page) }
        #expect(summary.jobs == 2000)
        let seen = meter.seen
        #expect((2...6).contains(seen.before.max() ?? 0))
        // Up to six pages were already asked for when the listing learned of the 429.
        #expect(seen.after.count > 50)
        #expect(seen.after.count { $0 > 3 } <= 6)
    }

    @Test func `what the receiver throws ends the listing`() async throws {
        struct Enough: Error {}
        let client = ScriptedClient { _, number in
            Self.page(["j\(number)"], next: "https://hyp3.example/jobs?start_token=\(number)")
        }
        let pace = TestPace()
        let reader = PageReader(
            origin: origin,
            client: client,
            session: try Self.session(client, pace: pace.pace),
            pace: pace.pace,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        await #expect(throws: Enough.self) {
            _ = try await JobListing(reader: reader, windows: 2)
                .read(JobQuery(), parameters: []) { _ in throw Enough() }
        }
        #expect(client.requests.count <= 3)
    }
}

/// Counts the requests under way at the begin of each; answers one of them with 429.
private final class Meter: Sendable {
    private struct State {
        var now = 0
        var before: [Int] = []
        var after: [Int] = []
        var slowURL: String?
        /// The jobs of the page that came after the 429.
        var slowJobs: Set<String> = []
        var isSettled = false
    }

    private let state = Mutex(State())

    /// Requests under way, before and after the listing learned of the 429.
    var seen: (before: [Int], after: [Int]) { self.state.withLock { ($0.before, $0.after) } }

    func begin(_ url: String) -> Bool {
        self.state.withLock { state in
            state.now += 1
            if state.isSettled { state.after.append(state.now) } else { state.before.append(state.now) }
            guard state.slowURL == nil, state.before.count == 60 else { return false }
            state.slowURL = url
            return true
        }
    }

    func end(_ url: String, _ jobs: [Job]) {
        self.state.withLock { state in
            state.now -= 1
            if state.slowURL == url { state.slowJobs.formUnion(jobs.map(\.id)) }
        }
    }

    func delivered(_ page: JobPage) {
        self.state.withLock { state in
            if page.jobs.contains(where: { state.slowJobs.contains($0.id) }) { state.isSettled = true }
        }
    }
}

private struct MeteredClient: HTTPClient {
    let service: PagingService
    let meter: Meter

    func response(to request: HTTPRequest, bodyLimit: Int) async throws -> HTTPResponse {
        let isSlow = self.meter.begin(request.url)
        for _ in 0..<20 { await Task.yield() }
        let response = isSlow ? HTTPResponse(429) : try self.service.page(HTTPURL(request.url))
        self.meter.end(request.url, isSlow ? [] : try JobPage(body: response.body, parameters: []).jobs)
        return response
    }
}
