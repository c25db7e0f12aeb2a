package import CurlTransfer
import FoundationEssentials

/// Exchanges a user and password for the `asf-urs` cookie that HyP3 takes: Earthdata Login's OAuth redirects, followed
/// by hand.
///
/// The user and password go to the origin of the login URL and nowhere else, cookies only where they belong.
package struct EarthdataLogin: Sendable {
    private let client: any HTTPClient
    /// The whole authorize URL.
    package let url: HTTPURL
    private let retry: RetryPolicy
    private let pace: Pace
    private let clock: ServiceClock
    /// Where it goes on after the login's own origin, and where the cookie is wanted.
    private let next: Set<Origin>

    /// The hosts a login may lead to.
    private var hosts: Set<String> { Set(self.next.map(\.host)).union([self.url.origin.host]) }

    /// - Parameters:
    ///   - url: the whole authorize URL.
    ///   - api: where the cookie is wanted; nil where it is the host of the URL's `redirect_uri`.
    ///   - clock: for what is said of certificates.
    package init(
        client: any HTTPClient,
        url: HTTPURL,
        api: Origin? = nil,
        retry: RetryPolicy = RetryPolicy(attempts: 4),
        pace: Pace,
        clock: ServiceClock = ServiceClock()
    ) {
        self.client = client
        self.url = url
        self.clock = clock
        let redirect = url.queryValue("redirect_uri").flatMap { try? HTTPURL($0).origin }
        self.next = Set([redirect, api].compactMap(\.self)).subtracting([url.origin])
        self.retry = retry
        self.pace = pace
    }

    /// The name of the cookie of ASF's services.
    package static let cookieName = "asf-urs"

    private static let profilePage = "https://urs.earthdata.nasa.gov/profile"
    private static let mostRedirects = 10
    private static let bodyLimit = 1 << 20
    /// Bytes a second, and the time for one answer: they are a few kilobytes.
    private static let leastRate = 100
    private static let timeLimit = Duration.seconds(180)

    /// Logs in once, trying again while the service is at fault.
    ///
    /// - Parameter source: where the credentials come from, for messages.
    /// - Returns: the value of the cookie.
    /// - Throws: `LoginError` with the cure; `CancellationError`.
    package func cookie(user: String, password: Secret, source: String) async throws -> Secret {
        try await ConnectionsAhead.open(to: self.next, client: self.client) { ahead in
            var failures = 0
            while true {
                do {
                    return try await self.walk(user: user, password: password, source: source, ahead)
                } catch let setback as Setback {
                    failures += 1
                    let wait = self.retry.delay(
                        afterFailures: failures,
                        retryAfter: setback.retryAfter,
                        random: self.pace.random()
                    )
                    guard let wait else { throw setback.error }
                    try await self.pace.sleep(wait)
                }
            }
        }
    }

    /// A failure that may pass, with the error to throw if it does not.
    private struct Setback: Error {
        let error: LoginError
        let retryAfter: Duration?
    }

    private func walk(
        user: String,
        password: Secret,
        source: String,
        _ ahead: ConnectionsAhead
    ) async throws -> Secret {
        var jar = CookieJar()
        var url = self.url
        for _ in 0...Self.mostRedirects {
            let response = try await self.answer(from: url, jar: jar, user: user, password: password)
            jar.store(response.headers.all("Set-Cookie"), from: url)
            if let cookie = jar.value(of: Self.cookieName) { return cookie }
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"]
            else { throw self.failure(response, at: url, source: source) }
            do throws(InvalidValue) {
                url = try url.resolving(location)
            } catch {
                throw LoginError(
                    code: .unexpectedAnswer,
                    message: "\(url.origin) redirects to a URL that \(error.advice)"
                )
            }
            try self.checkRedirect(to: url)
            await ahead.ready(url.origin)
        }
        throw LoginError(
            code: .unexpectedAnswer,
            message: "logging in at \(self.url.origin) went through more than \(Self.mostRedirects) redirects"
        )
    }

    private func answer(
        from url: HTTPURL,
        jar: CookieJar,
        user: String,
        password: Secret
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(.get, url.text)
        (request.leastRate, request.timeLimit) = (Self.leastRate, Self.timeLimit)
        if url.origin == self.url.origin {
            let basic = Data("\(user):\(password.reveal())".utf8).base64EncodedString()
            request.headers.append("Authorization", "Basic \(basic)")
        }
        if let cookies = jar.header(for: url) { request.headers.append("Cookie", cookies) }
        do {
            return try await self.client.response(to: request, bodyLimit: Self.bodyLimit)
        } catch let error as TransferError {
            if error.code == .cancelled { throw error }
            if error.isAboutTrust {
                let cure = TrustAdvice.cure(for: error, clock: self.clock)
                throw LoginError(code: .tls, message: "\(url.origin) is not trusted: \(error.message); \(cure)")
            }
            let failure = LoginError(
                code: .unavailable,
                message: "\(url.origin), needed to log in, does not answer: \(error.message)"
            )
            throw error.isTransient ? Setback(error: failure, retryAfter: nil) : failure
        }
    }

    /// Earthdata Login tells what the account lacks in the query of a redirect.
    private func checkRedirect(to url: HTTPURL) throws {
        guard url.origin.isConfidential else {
            throw LoginError(
                code: .unexpectedAnswer,
                message: "logging in was to go on at \(url.origin), which is not protected by TLS"
            )
        }
        let message = url.queryValue("error_msg") ?? url.queryValue("error")
        guard let message else {
            guard self.hosts.contains(url.origin.host) else {
                throw LoginError(
                    code: .unexpectedAnswer,
                    message:
                        "logging in was to go on at \(url.origin), which is neither the login's host, nor that of its "
                        + "redirect_uri, nor HyP3's (\(self.hosts.sorted().joined(separator: ", "))); it was told nothing"
                )
            }
            return
        }
        let said = ForeignText.quoted(message)
        if let resolution = url.queryValue("resolution_url") {
            let page = ForeignText.quoted(resolution)
            throw LoginError(
                code: .approvalNeeded,
                message: "Earthdata Login says \(said); open \(page) in a browser, accept there, and run again"
            )
        }
        if message.lowercased().contains("profile") {
            throw LoginError(
                code: .profileIncomplete,
                message: "Earthdata Login says \(said); complete the profile at \(Self.profilePage) and run again"
            )
        }
        throw LoginError(code: .rejected, message: "Earthdata Login refuses: \(said); see \(Self.profilePage)")
    }

    private static func isHTML(_ response: HTTPResponse) -> Bool {
        ForeignPage.title(response.body) != nil
            || response.headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true
    }

    /// What an answer that is neither a redirect nor brings the cookie means.
    private func failure(_ response: HTTPResponse, at url: HTTPURL, source: String) -> any Error {
        let isLogin = url.origin == self.url.origin
        switch response.status {
        case 401 where isLogin && (response.headers["WWW-Authenticate"] != nil || !Self.isHTML(response)):
            return LoginError(
                code: .wrongPassword,
                message: "\(url.origin) does not accept the user name and password from \(source); "
                    + "try them at \(Self.profilePage)"
            )
        case 200...299 where isLogin:
            // An outage page, or a form where a redirect should be.
            let error = LoginError(
                code: .unavailable,
                message:
                    "\(url.origin) answers the login with \(ForeignPage.described(response)) instead of a redirect; "
                    + "it may be out of order for now"
            )
            return Setback(error: error, retryAfter: nil)
        case 200...399 where !Self.isHTML(response):
            return LoginError(
                code: .noCookie,
                message: "the login ended at \(url.origin) without the cookie \(Self.cookieName); "
                    + "the login URL (--login-url) is not the one for this HyP3"
            )
        case 401...403 where ForeignPage.ownWords(response) != nil:
            return LoginError(
                code: .rejected,
                message: "\(url.origin) refuses the account from \(source) (HTTP \(response.status))"
            )
        default:
            let verdict = RetryPolicy.verdict(on: response.head, isProduct: false, now: self.pace.now())
            guard case .transient(let retryAfter) = verdict else {
                return LoginError(
                    code: .unexpectedAnswer,
                    message:
                        "\(url.origin) answers the login with \(ForeignPage.described(response)), which says nothing "
                        + "of the account: a firewall or a filter may stand between, or the login URL (--login-url) may "
                        + "not be the one for this HyP3"
                )
            }
            let error = LoginError(
                code: .unavailable,
                message: "\(url.origin), needed to log in, is out of order (HTTP \(response.status))"
            )
            return Setback(error: error, retryAfter: retryAfter)
        }
    }
}
