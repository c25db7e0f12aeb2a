import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import Testing

private let authorize = "https://urs.example/oauth/authorize?response_type=code&redirect_uri=https://asf.example/login"

@Suite struct `Earthdata login` {
    private static func login(
        _ client: ScriptedClient,
        pace: TestPace = TestPace(),
        url: String = authorize
    ) async throws -> Secret {
        let login = EarthdataLogin(client: client, url: try HTTPURL(url), pace: pace.pace)
        return try await login.cookie(user: "me", password: Secret("pässword"), source: "NETRC")
    }

    private static func error(_ answers: [HTTPResponse], pace: TestPace = TestPace()) async throws -> LoginError {
        let client = ScriptedClient(answers)
        let error = try await #require(throws: LoginError.self) { try await Self.login(client, pace: pace) }
        for secret in ["pässword", "code=", "c3Nzd29"] { #expect(!error.message.contains(secret)) }
        return error
    }

    @Test func `ends with the cookie and shows the password to the login host only`() async throws {
        let client = ScriptedClient { request, _ in
            switch try HTTPURL(request.url).path {
            case "/oauth/authorize": .redirect("/second", cookie: "_urs=s; Path=/; Secure; HttpOnly")
            case "/second": .redirect("https://asf.example/login?code=1")
            case "/login" where request.url.hasPrefix("https://asf.example/"): .redirect("/logged-in", cookie: "x=1")
            default:
                .redirect("/?from_login=1", cookie: "asf-urs=eyJ.a.b; Domain=.asf.example; Path=/; Secure; HttpOnly")
            }
        }
        #expect(try await Self.login(client).reveal() == "eyJ.a.b")
        let sent = client.requests
        #expect(sent.map { $0.headers["Authorization"] != nil } == [true, true, false, false])
        #expect(sent.first?.headers["Authorization"] == "Basic bWU6cMOkc3N3b3Jk")
        #expect(sent.map { $0.headers["Cookie"] } == [nil, "_urs=s", nil, "x=1"])
        #expect(client.openings.map(\.url) == ["https://asf.example/"])
        #expect(client.openings.allSatisfy { $0.headers == [:] && $0.timeLimit != nil })
    }

    @Test func `a connection is opened ahead to each other host over TLS, and to the login's own not`() async throws {
        let hosts = ["http://asf.example/login": 1, "https://asf.example/login": 2, "https://urs.example/login": 1]
        for (redirect, count) in hosts {
            let client = ScriptedClient([.redirect("https://hyp3.example/", cookie: "asf-urs=c; Domain=urs.example")])
            let login = EarthdataLogin(
                client: client,
                url: try HTTPURL("https://urs.example/oauth/authorize?redirect_uri=\(redirect)"),
                api: Origin(scheme: "https", host: "hyp3.example", port: 443),
                pace: TestPace().pace
            )
            #expect(try await login.cookie(user: "me", password: Secret("p"), source: "x").reveal() == "c")
            let opened = client.openings.map(\.url).sorted()
            #expect(opened == ["https://asf.example/", "https://hyp3.example/"].suffix(count), "\(redirect)")
        }
    }

    @Test(arguments: [
        "https://urs.example.evil.example/", "http://127.0.0.1/", "https://xurs.example/", "https://evil.example/login",
        "//evil.example/?x=https://asf.example",
    ])
    func `no other host is told anything, however alike`(_ target: String) async throws {
        let client = ScriptedClient { request, _ in
            request.url == authorize ? .redirect(target + "?code=1") : .redirect("/", cookie: "asf-urs=c")
        }
        let error = try await #require(throws: LoginError.self) { try await Self.login(client) }
        #expect(error.code == .unexpectedAnswer && error.isServiceFault)
        #expect(error.message.contains("asf.example, urs.example") && !error.message.contains("code="))
        #expect(client.requests.count == 1)
    }

    @Test func `another port of the login's host does not see the password`() async throws {
        let client = ScriptedClient { request, _ in
            request.url == authorize ? .redirect("https://urs.example:8443/") : HTTPResponse(200)
        }
        let error = try await #require(throws: LoginError.self) { try await Self.login(client) }
        #expect(error.code == .noCookie && client.requests.count == 2)
        #expect(client.requests.last?.headers["Authorization"] == nil)
    }

    @Test func `the login may lead to HyP3 itself`() async throws {
        let client = ScriptedClient([
            .redirect("https://hyp3.example/login?code=1"), .redirect("/", cookie: "asf-urs=c"),
        ])
        let login = EarthdataLogin(
            client: client,
            url: try HTTPURL(authorize),
            api: Origin(scheme: "https", host: "hyp3.example", port: 443),
            pace: TestPace().pace
        )
        #expect(try await login.cookie(user: "me", password: Secret("p"), source: "x").reveal() == "c")
    }

    @Test(arguments: [401, 403, 404, 405, 406, 451])
    func `a page of somebody else says nothing of the account`(_ status: Int) async throws {
        let page = HTTPResponse(
            status,
            ["Content-Type": "text/html"],
            body: "<html><head>\n<TITLE>Not available\n in your region</TITLE></head></html>"
        )
        for answers in [[page], [.redirect("https://asf.example/login?code=1"), page]] {
            let error = try await Self.error(answers)
            #expect(error.isServiceFault, "\(error.code)")
            #expect(error.message.contains("\"Not available in your region\" (HTTP \(status))"), "\(error)")
        }
    }

    @Test func `a redirect without TLS is not followed`() async throws {
        let client = ScriptedClient([.redirect("http://asf.example/login?code=1")])
        let error = try await #require(throws: LoginError.self) { try await Self.login(client) }
        #expect(error.code == .unexpectedAnswer)
        #expect(client.requests.count == 1)
    }

    @Test func `cookies for another domain are not taken`() async throws {
        let client = ScriptedClient { request, number in
            switch number {
            case 0: .redirect("https://asf.example/login", cookie: "a=1; Domain=asf.example")
            case 1: .redirect("/x", cookie: "b=2; Domain=example; Path=/")
            default: HTTPResponse(200)
            }
        }
        _ = try? await Self.login(client)
        #expect(client.requests.map { $0.headers["Cookie"] } == [nil, nil, nil])
    }

    @Test func `a wrong password is told at once`() async throws {
        let pace = TestPace()
        let error = try await Self.error([HTTPResponse(401, body: "HTTP Basic: Access denied.\n")], pace: pace)
        #expect(error.code == .wrongPassword && !error.isServiceFault)
        #expect(error.message.contains("NETRC"))
        #expect(pace.waited.isEmpty)
    }

    @Test func `an application to approve is told with its page`() async throws {
        let error = try await Self.error([
            .redirect(
                "https://asf.example/login?error=access_denied&error_msg=Please+accept+the+End+User+License+Agreement"
                    + "&resolution_url=https%3A%2F%2Furs.earthdata.nasa.gov%2Faccept_eula%3Feula_id%3Dx"
            )
        ])
        #expect(error.code == .approvalNeeded && !error.isServiceFault)
        #expect(error.message.contains("Please accept the End User License Agreement"))
        #expect(error.message.contains("https://urs.earthdata.nasa.gov/accept_eula?eula_id=x"))
    }

    @Test func `an incomplete profile is told with its page`() async throws {
        let error = try await Self.error([
            .redirect("https://asf.example/login?error=access_denied&error_msg=Please+update+your+profile")
        ])
        #expect(error.code == .profileIncomplete && !error.isServiceFault)
        #expect(error.message.contains("https://urs.earthdata.nasa.gov/profile"))
    }

    @Test func `another refusal is told as it is`() async throws {
        let error = try await Self.error([.redirect("https://asf.example/login?error=invalid_scope%0A")])
        #expect(error.code == .rejected && error.message.contains(#""invalid_scope\n""#))
    }

    @Test(arguments: [500, 502, 503, 429, 200])
    func `an outage is never called a wrong password`(_ status: Int) async throws {
        let pace = TestPace()
        let error = try await Self.error([HTTPResponse(status, body: "<html>maintenance</html>")], pace: pace)
        #expect(error.code == .unavailable && error.isServiceFault)
        #expect(pace.waited.count == 3)
    }

    @Test func `an outage that passes costs a wait`() async throws {
        let pace = TestPace()
        let client = ScriptedClient([
            HTTPResponse(503, ["Retry-After": "7"]), .redirect("https://asf.example/login?code=1"),
            .redirect("/", cookie: "asf-urs=c"),
        ])
        #expect(try await Self.login(client, pace: pace).reveal() == "c")
        #expect(pace.waited == [.seconds(7)])
    }

    @Test func `a host that does not answer is tried again, one that is not trusted is not`() async throws {
        let pace = TestPace()
        let silent = ScriptedClient { _, _ in throw TransferError(code: .timeout, message: "no answer") }
        let error = try await #require(throws: LoginError.self) { try await Self.login(silent, pace: pace) }
        #expect(error.code == .unavailable && pace.waited.count == 3)
        let untrusted = ScriptedClient { _, _ in throw TransferError(code: .tls, message: "self-signed") }
        let tls = try await #require(throws: LoginError.self) { try await Self.login(untrusted) }
        #expect(tls.code == .tls && tls.isServiceFault && tls.message.contains("--cacert"))
        #expect(untrusted.requests.count == 1)
    }

    @Test func `a login URL that is none is told`() async throws {
        #expect(try await Self.error([HTTPResponse(404)]).code == .unexpectedAnswer)
        #expect(try await Self.error([HTTPResponse(403, body: #"{"message": "Forbidden"}"#)]).code == .rejected)
        #expect(try await Self.error([.redirect("https://asf.example/"), HTTPResponse(200)]).code == .noCookie)
    }

    @Test func `redirects without end are given up`() async throws {
        #expect(try await Self.error([.redirect("/again")]).code == .unexpectedAnswer)
        #expect(try await Self.error([.redirect("https://a b/")]).code == .unexpectedAnswer)
        #expect(try await Self.error([HTTPResponse(302)]).code == .noCookie)
    }
}
