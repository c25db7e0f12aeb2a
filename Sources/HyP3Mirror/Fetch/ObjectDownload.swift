import CurlTransfer
import FoundationEssentials

/// One attempt to bring the bytes of one product's object into staging.
final class ObjectDownload {
    private let url: String
    private let assembly: ProductAssembly
    private let pool: BufferPool
    private let engine: TransferEngine
    private let loginOrigin: Origin
    private let traffic: Traffic

    /// Bytes that came over the network.
    private(set) var received: Int64 = 0
    /// Bytes that were staged before and did not have to.
    private(set) var resumed: Int64 = 0

    private static let mostRedirects = 5

    init(
        url: String, assembly: ProductAssembly, pool: BufferPool, engine: TransferEngine, loginOrigin: Origin,
        traffic: Traffic
    ) {
        self.url = url
        self.assembly = assembly
        self.pool = pool
        self.engine = engine
        self.loginOrigin = loginOrigin
        self.traffic = traffic
    }

    /// Fetches what is missing.
    /// - Throws: `FetchFailure`, `FilesystemError`, `CancellationError`.
    func run() async throws {
        let assembly = self.assembly
        guard let remainder = try await assembly.onLane({ try assembly.resume() }) else {
            _ = try await self.fetch(.whole)
            return
        }
        self.resumed = remainder.present
        for range in remainder.missing {
            let answer = try await self.fetch(.part(range, total: remainder.total, evidence: remainder.evidence))
            // The whole object came instead: the service does not do ranges, or has another object now.
            if case .whole = answer {
                self.resumed = 0
                return
            }
        }
    }

    private func fetch(_ question: ObjectSink.Question) async throws -> ObjectSink.Answer {
        var target = try self.parse(self.url)
        for _ in 0...Self.mostRedirects {
            let answer = try await self.ask(question, at: target)
            switch answer {
            case .whole, .part:
                return answer
            case .changed(let reason):
                throw FetchFailure(.changed, reason)
            case .unusable(let reason):
                // A service that answers ranges wrongly is asked for the whole object next time.
                throw FetchFailure(question == .whole ? .transient(retryAfter: nil) : .changed, reason)
            case .none:
                throw FetchFailure(.transient(retryAfter: nil), "\(target.origin): no answer")
            case .status(let status):
                guard let next = try self.redirection(status, from: target) else {
                    throw FetchFailure(status: status, origin: target.origin)
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
    private func redirection(_ answer: ObjectSink.HTTPAnswer, from url: HTTPURL) throws -> HTTPURL? {
        guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.location else { return nil }
        let next: HTTPURL
        do {
            next = try url.resolving(location)
        } catch {
            throw FetchFailure(.permanent, "\(url.origin) redirects to an address that \(error.advice)")
        }
        guard next.origin != self.loginOrigin else {
            throw FetchFailure(.permanent, "\(url.origin) asks for a login (redirects to \(next.origin)), which products do not need")
        }
        guard next.origin.scheme == "https" else {
            throw FetchFailure(.permanent, "\(url.origin) redirects to \(next.origin), which is not encrypted")
        }
        return next
    }

    private func ask(_ question: ObjectSink.Question, at url: HTTPURL) async throws -> ObjectSink.Answer {
        var request = HTTPRequest(
            .get, url.text, headers: ["Accept-Encoding": "identity", "x-amz-checksum-mode": "ENABLED"])
        if case .part(let range, _, let evidence) = question, let etag = evidence.strongETag {
            request.headers.append("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
            request.headers.append("If-Range", etag)
        }
        let traffic = self.traffic
        let sink = ObjectSink(question, assembly: self.assembly, pool: self.pool) { traffic.add(bytes: $0) }
        traffic.addRequest()
        do {
            let summary = try await self.engine.transfer(request, into: sink)
            sink.close(isComplete: !summary.wasStopped)
            self.received += summary.received
        } catch let error as TransferError {
            sink.close(isComplete: false)
            self.received += sink.taken
            if let failure = self.assembly.error { throw failure }
            throw error.code == .cancelled ? CancellationError() : FetchFailure(error)
        }
        if let failure = self.assembly.error { throw failure }
        return sink.answer
    }
}

extension FetchFailure {
    /// What a transfer without a whole answer means for a product.
    init(_ error: TransferError) {
        self.init(error.isTransient ? .transient(retryAfter: nil) : .permanent, error.message)
    }

    /// What an error status of a product host means.
    init(status answer: ObjectSink.HTTPAnswer, origin: Origin) {
        let said = Self.code(in: answer.excerpt).map { " (\($0))" } ?? ""
        let reason = "\(origin) answered \(answer.status)\(said)"
        let pause = answer.retryAfter.flatMap { RetryAfter.wait($0, now: .now) }
        switch answer.status {
        case 404, 410: self.init(.absent, reason)
        case 403: self.init(.absent, "\(reason), as product hosts do for what is not there")
        case 401: self.init(.permanent, "\(reason): it asks for a login, which products do not need")
        case 412, 416: self.init(.changed, "\(reason): the object changed while it was being fetched")
        case 429, 503: self.init(.throttled(retryAfter: pause), reason)
        case 408, 425, 500...599: self.init(.transient(retryAfter: pause), reason)
        default: self.init(.permanent, reason)
        }
    }

    /// The service's word in an S3 error document: `<Code>SlowDown</Code>`.
    private static func code(in excerpt: String) -> String? {
        guard let start = excerpt.firstRange(of: "<Code>"), let end = excerpt.firstRange(of: "</Code>"),
            start.upperBound <= end.lowerBound
        else { return nil }
        let code = excerpt[start.upperBound..<end.lowerBound]
        return code.utf8.count <= 64 && code.utf8.allSatisfy(\.isAlphanumeric) ? String(code) : nil
    }
}
