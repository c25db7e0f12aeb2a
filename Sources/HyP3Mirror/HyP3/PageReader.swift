package import CurlTransfer
import FoundationEssentials
package import Logging

/// Reads single pages of `GET /jobs`: authorization, retries, and what each kind of failure means.
package struct PageReader: Sendable {
    /// A page, and whether the service asked to be left alone before it came.
    package struct Reading: Sendable {
        package let page: JobPage
        package let wasSlowedDown: Bool
    }

    /// A page is about 1 MB; the API's own limit is 10 MB (API Gateway).
    private static let bodyLimit = 64 << 20

    /// Bytes a second: a page of the common size takes an hour at that.
    private static let leastRate = 300
    /// For one page, however it comes.
    private static let timeLimit = Duration.seconds(3600)

    package let origin: Origin
    private let client: any HTTPClient
    private let session: APISession
    private let clock: ServiceClock
    private let retry: RetryPolicy
    let pace: Pace
    private let log: Logger
    private let outage = OutageNotice()

    /// - Parameter clock: learns the time from HyP3's answers.
    package init(
        origin: Origin,
        client: any HTTPClient,
        session: APISession,
        clock: ServiceClock = ServiceClock(),
        retry: RetryPolicy = RetryPolicy(),
        pace: Pace = .real,
        log: Logger
    ) {
        self.origin = origin
        self.client = client
        self.session = session
        self.clock = clock
        self.retry = retry
        self.pace = pace
        self.log = log
    }

    /// Reads the page at `url`.
    ///
    /// - Parameter parameters: names of the job parameters to keep.
    /// - Throws: `CatalogError`, `LoginError`, `CancellationError`, or `TransferError` `.cancelled`.
    package func page(at url: HTTPURL, parameters: Set<String>) async throws -> Reading {
        var failures = 0
        var wasSlowedDown = false
        while true {
            do throws(Setback) {
                let page = try await self.attempt(url, parameters: parameters)
                self.outage.end()
                return Reading(page: page, wasSlowedDown: wasSlowedDown)
            } catch {
                guard case .transient(let retryAfter) = error.verdict else { throw error.cause }
                failures += 1
                wasSlowedDown = wasSlowedDown || error.isSlowDown
                let wait = self.retry.delay(
                    afterFailures: failures,
                    retryAfter: retryAfter,
                    random: self.pace.random()
                )
                guard let wait else { throw error.cause }
                self.log.log(
                    level: self.outage.begin() ? .warning : .debug,
                    "asking HyP3 again in \(DurationText.short(wait)): \(error.cause)"
                )
                try await self.pace.sleep(wait)
            }
        }
    }

    /// The URL that a page's `next` means.
    ///
    /// - Throws: `CatalogError` `.foreignLink` where it leads away from the API's own origin: HyP3 makes the link from
    ///   headers that a proxy may set, and credentials go to no other host.
    package func link(_ next: String, from url: HTTPURL) throws(CatalogError) -> HTTPURL {
        let target: HTTPURL
        do throws(InvalidValue) {
            target = try url.resolving(next)
        } catch {
            throw CatalogError(
                code: .foreignLink,
                message: "HyP3 at \(self.origin) gives a next page whose URL \(error.advice)"
            )
        }
        guard target.origin == self.origin else {
            throw CatalogError(
                code: .foreignLink,
                message: "HyP3 at \(self.origin) gives a next page on another host, \(target.origin); "
                    + "it was not asked, because credentials go to \(self.origin) only"
            )
        }
        return target
    }

    /// A failed attempt: what it means, and the error to throw if it is the last.
    private struct Setback: Error {
        let verdict: RetryPolicy.Verdict
        let cause: any Error
        /// 429 or 5xx: the service has too much to do.
        var isSlowDown = false
    }

    private func attempt(_ url: HTTPURL, parameters: Set<String>) async throws(Setback) -> JobPage {
        var authorization = try await self.orFatal { try await self.session.authorization() }
        var response = try await self.answer(from: url, authorization)
        if response.status == 401, let detail = ForeignPage.ownWords(response) {
            authorization = try await self.orFatal { [authorization] in
                try await self.session.replacement(for: authorization, detail: detail)
            }
            response = try await self.answer(from: url, authorization)
        }
        if response.status == 401, let detail = ForeignPage.ownWords(response) {
            let last = authorization
            _ = try await self.orFatal { try await self.session.replacement(for: last, detail: detail) }
            // Another request has logged in meanwhile: that login is worth an attempt of its own.
            throw Setback(verdict: .transient(retryAfter: .zero), cause: self.error(for: response))
        }
        guard response.status == 200 else { throw self.setback(response) }
        do throws(InvalidValue) {
            let page = try JobPage(body: response.body, parameters: parameters)
            await self.session.confirm(authorization)
            self.clock.note(dateHeader: response.headers["Date"])
            return page
        } catch {
            throw Setback(
                verdict: .transient(retryAfter: nil),
                cause: CatalogError(
                    code: .unreadable,
                    message: "HyP3 at \(self.origin) answers with \(error.advice)"
                        + (ForeignPage.title(response.body).map { " titled \(ForeignText.quoted($0))" } ?? "")
                        + "; is it really a HyP3?"
                )
            )
        }
    }

    private func orFatal<T: Sendable>(
        _ body: @Sendable () async throws -> T
    ) async throws(Setback) -> T {
        do {
            return try await body()
        } catch {
            throw Setback(verdict: .fatal, cause: error)
        }
    }

    private func answer(from url: HTTPURL, _ authorization: Authorization) async throws(Setback) -> HTTPResponse {
        var headers = authorization.headers(for: url)
        headers.append("Accept", "application/json")
        var request = HTTPRequest(.get, url.text, headers: headers)
        (request.leastRate, request.timeLimit) = (Self.leastRate, Self.timeLimit)
        do {
            return try await self.client.response(to: request, bodyLimit: Self.bodyLimit)
        } catch let error as TransferError where error.code != .cancelled {
            throw Setback(verdict: RetryPolicy.verdict(on: error), cause: self.error(for: error))
        } catch {
            throw Setback(verdict: .fatal, cause: error)
        }
    }

    private func error(for error: TransferError) -> CatalogError {
        switch error.code {
        case .tls, .certificateTime, .certificateStore:
            CatalogError(
                code: .tls,
                message: "\(self.origin) is not trusted: \(error.message); "
                    + TrustAdvice.cure(for: error, clock: self.clock)
            )
        case .bodyTooLarge:
            CatalogError(
                code: .unreadable,
                message: "HyP3 at \(self.origin) answers with more than \(Self.bodyLimit >> 20) MiB for one page"
            )
        default:
            CatalogError(code: .unavailable, message: "HyP3 at \(self.origin) does not answer: \(error.message)")
        }
    }

    private func setback(_ response: HTTPResponse) -> Setback {
        let verdict = RetryPolicy.verdict(on: response.head, isProduct: false, now: self.pace.now())
        let isSlowDown = response.status == 429 || response.status >= 500
        return Setback(verdict: verdict, cause: self.error(for: response), isSlowDown: isSlowDown)
    }

    private func error(for response: HTTPResponse) -> CatalogError {
        let words = ForeignPage.ownWords(response)
        let said = "\(words ?? "no reason given") (HTTP \(response.status))"
        switch response.status {
        case 300...399:
            let target = response.headers["Location"].flatMap { try? HTTPURL($0).origin.description }
            return CatalogError(
                code: .foreignLink,
                message: "\(self.origin) redirects to \(target ?? "somewhere else"), which was not followed with "
                    + "credentials; set host to where HyP3 is now"
            )
        case 408, 425, 429, 500...599:
            return CatalogError(
                code: .unavailable,
                message: "HyP3 at \(self.origin) is not available: "
                    + (words == nil ? ForeignPage.described(response) : said)
            )
        case _ where words == nil:
            return CatalogError(
                code: .foreign,
                message: "\(self.origin) answers with \(ForeignPage.described(response)), which is not HyP3's own: a "
                    + "firewall or a filter may stand between, or host may be wrong"
            )
        case 400:
            return CatalogError(
                code: .badRequest,
                message: "HyP3 at \(self.origin) does not take the question: \(said)"
            )
        case 401, 403:
            return CatalogError(
                code: .forbidden,
                message: "HyP3 at \(self.origin) does not let this account list jobs: \(said)"
            )
        default:
            return CatalogError(
                code: .notHyP3,
                message: "\(self.origin) does not answer as a HyP3 does: \(said); check host"
            )
        }
    }
}
