import CurlTransfer
import FoundationEssentials

/// Asks product hosts for objects: without any credential, over redirects that stay encrypted.
struct ObjectRequester: Sendable {
    private let url: String
    private let engine: TransferEngine
    /// Nothing is fetched from there: a redirect to it means "log in".
    private let loginOrigin: Origin
    private let clock: ServiceClock

    private static let mostRedirects = 5

    init(url: String, _ services: DownloadServices) {
        self.url = url
        self.engine = services.engine
        self.loginOrigin = services.loginOrigin
        self.clock = services.clock
    }

    /// Runs one request to its end.
    /// - Returns: whether the answer came to its end; false where the download wanted no more of it.
    /// - Throws: `FetchFailure` unless the answer was usable and came whole; `CancellationError`.
    func ask(_ connection: Connection) async throws -> Bool {
        var target = try self.parse(self.url)
        for _ in 0...Self.mostRedirects {
            let isComplete = try await self.transfer(connection, from: target)
            switch connection.answer {
            case .whole, .part:
                return isComplete
            case .undividable, .changed:
                return false
            case .encoded(let reason):
                throw FetchFailure(.transient(retryAfter: nil), reason)
            case .unusable(let failure):
                throw failure
            case .none:
                if connection.isStopped { return false }
                throw FetchFailure(.transient(retryAfter: nil), "\(target.origin): no answer")
            case .refused(let refusal):
                guard let next = try self.redirection(refusal, from: target) else {
                    throw FetchFailure(
                        BucketAnswer(status: refusal.status, excerpt: refusal.excerpt),
                        origin: target.origin,
                        pause: refusal.headers["retry-after"].flatMap { RetryAfter.wait($0, now: self.clock.machine) }
                    )
                }
                target = next
            }
        }
        throw FetchFailure(.permanent, "more than \(Self.mostRedirects) redirects, the last to \(target)")
    }

    private func parse(_ url: String) throws -> HTTPURL {
        do {
            return try HTTPURL(url)
        } catch {
            throw FetchFailure(.permanent, "its URL \(error.advice)")
        }
    }

    /// Where the answer sends us; nil if it does not. No credential travels with a product, so another host may be asked,
    /// but not in the clear, and not the login page.
    private func redirection(_ answer: ServiceRefusal, from url: HTTPURL) throws -> HTTPURL? {
        guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.headers["location"] else {
            return nil
        }
        let next: HTTPURL
        do {
            next = try url.resolving(location)
        } catch {
            throw FetchFailure(.permanent, "\(url.origin) redirects to an address that \(error.advice)")
        }
        guard next.origin != self.loginOrigin else {
            throw FetchFailure(
                .permanent,
                "\(url.origin) asks for a login (redirects to \(next.origin)), which products do not need"
            )
        }
        guard next.origin.scheme == "https" else {
            throw FetchFailure(.permanent, "\(url.origin) redirects to \(next.origin), which is not encrypted")
        }
        return next
    }

    private func transfer(_ connection: Connection, from url: HTTPURL) async throws -> Bool {
        var request = HTTPRequest(
            .get,
            url.text,
            headers: ["Accept-Encoding": "identity", "x-amz-checksum-mode": "ENABLED"]
        )
        request.usesFreshConnection = connection.isFresh
        if case .part(let range, _, let evidence) = connection.question, let etag = evidence.strongETag {
            request.headers.append("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
            request.headers.append("If-Range", etag)
        }
        connection.ask()
        do {
            let summary = try await self.engine.transfer(request, into: connection)
            _ = connection.close(isComplete: !summary.wasStopped)
            return !summary.wasStopped
        } catch let error as TransferError {
            let hasCrawled = connection.close(isComplete: false)
            if hasCrawled {
                throw FetchFailure(
                    .transient(retryAfter: nil),
                    "\(url.origin) sent less than \(CrawlWatch.leastRate) bytes a second"
                )
            }
            if error.code == .cancelled { throw CancellationError() }
            throw FetchFailure(error, hasAnswered: connection.answer != .none, clock: self.clock)
        }
    }
}

extension FetchFailure {
    /// What a transfer without a whole answer means for a product.
    ///
    /// - Parameters:
    ///   - hasAnswered: whether the host had begun to answer.
    ///   - clock: for what is said of certificates.
    init(_ error: TransferError, hasAnswered: Bool, clock: ServiceClock) {
        let isOfHost: Bool
        switch error.code {
        case .connection, .timeout: isOfHost = !hasAnswered
        case .proxy: isOfHost = true
        default: isOfHost = error.isAboutTrust
        }
        self.init(
            error.isTransient ? .transient(retryAfter: nil) : .permanent,
            error.isAboutTrust
                ? "\(error.message); \(TrustAdvice.cure(for: error, clock: clock))" : error.message,
            concernsHost: isOfHost
        )
    }
}
