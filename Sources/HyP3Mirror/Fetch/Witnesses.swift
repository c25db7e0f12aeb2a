import CurlTransfer
import FoundationEssentials
import Synchronization

/// Asks product hosts for a file that HyP3 itself names for a job, once a job, so that a refusal of another file can be told
/// from a refusal of everything.
actor Witnesses {
    /// What is known of the files of a job on one host.
    enum Testimony: Sendable, Hashable {
        /// One of them can be had.
        case answers
        /// One of them is refused, too.
        case refuses(FetchFailure)
        /// HyP3 names none there but the product itself.
        case none
    }

    private struct Key: Sendable, Hashable {
        var job: String
        var origin: Origin
    }

    private enum Standing {
        case asked(waiting: [CheckedContinuation<Void, Never>])
        case known(Testimony)
    }

    /// Jobs that are remembered: more than are under way at once.
    private static let mostJobs = 4096

    private let loginOrigin: Origin
    private let clock: ServiceClock
    private let ask: @Sendable (HTTPRequest, any BodySink) async throws -> Void
    private var standings: [Key: Standing] = [:]
    /// Those that are known, the oldest first.
    private var order: [Key] = []

    /// - Parameters:
    ///   - loginOrigin: a redirect to it is no answer.
    ///   - ask: runs one request; throws `TransferError`.
    init(
        loginOrigin: Origin,
        clock: ServiceClock,
        ask: @escaping @Sendable (HTTPRequest, any BodySink) async throws -> Void
    ) {
        self.loginOrigin = loginOrigin
        self.clock = clock
        self.ask = ask
    }

    /// A product of the job has just come from there.
    func note(cameOf jobID: String, from origin: Origin) {
        let key = Key(job: jobID, origin: origin)
        // Who is asking finds out by himself.
        if case .asked = self.standings[key] { return }
        self.settle(key, .answers)
    }

    /// - Throws: `FetchFailure` where no answer came that tells anything; `CancellationError`.
    func testimony(on product: Product, at origin: Origin) async throws -> Testimony {
        let key = Key(job: product.jobID, origin: origin)
        while case .asked(let waiting) = self.standings[key] {
            await withCheckedContinuation { self.standings[key] = .asked(waiting: waiting + [$0]) }
        }
        if case .known(let testimony) = self.standings[key] { return testimony }
        let named = product.named.first { file in
            file.url != product.url && (try? HTTPURL(file.url))?.origin == origin
        }
        guard let named, let url = try? HTTPURL(named.url) else { return .none }
        self.standings[key] = .asked(waiting: [])
        do {
            let testimony = try await self.testimony(of: named.filename, at: url)
            self.settle(key, testimony)
            return testimony
        } catch {
            self.settle(key, nil)
            throw error
        }
    }

    private func settle(_ key: Key, _ testimony: Testimony?) {
        let before = self.standings.removeValue(forKey: key)
        if let testimony {
            self.standings[key] = .known(testimony)
            if case .known = before {} else { self.order.append(key) }
            if self.order.count > 2 * Self.mostJobs {
                for old in self.order.prefix(Self.mostJobs) where old != key { self.standings[old] = nil }
                self.order.removeFirst(Self.mostJobs)
            }
        }
        if case .asked(let waiting) = before { for continuation in waiting { continuation.resume() } }
    }

    private func testimony(of file: String, at url: HTTPURL) async throws -> Testimony {
        var target = url
        for _ in 0..<Self.mostRedirects {
            let sink = WitnessSink()
            let request = HTTPRequest(
                .get,
                target.text,
                headers: ["Accept-Encoding": "identity", "Range": "bytes=0-0"]
            )
            do {
                try await self.ask(request, sink)
            } catch let error as TransferError {
                if error.code == .cancelled { throw CancellationError() }
                throw FetchFailure(error, hasAnswered: sink.answer != nil, clock: self.clock)
            }
            guard let answer = sink.answer else {
                throw FetchFailure(.transient(retryAfter: nil), "\(target.origin): no answer", concernsHost: true)
            }
            if let next = Self.redirection(answer.head, from: target), next.origin != self.loginOrigin {
                target = next
                continue
            }
            return try Self.testimony(answer.head, answer.excerpt, of: file, at: target.origin, now: self.clock.machine)
        }
        return .refuses(FetchFailure(.refused, "\(url.origin) redirects without end"))
    }

    private static let mostRedirects = 5

    private static func redirection(_ head: HTTPResponseHead, from url: HTTPURL) -> HTTPURL? {
        guard [301, 302, 303, 307, 308].contains(head.status), let location = head.headers["Location"],
            let next = try? url.resolving(location), next.origin.scheme == "https"
        else { return nil }
        return next
    }

    /// What an answer to the question for the first byte of a file says.
    /// - Throws: `FetchFailure`: nothing.
    static func testimony(
        _ head: HTTPResponseHead,
        _ excerpt: String,
        of file: String,
        at origin: Origin,
        now: Date
    ) throws(FetchFailure) -> Testimony {
        switch head.status {
        case 200, 206:
            // Every object of S3 has an ETag; pages that stand for something else have none.
            if head.headers["ETag"] != nil { return .answers }
            let type = head.headers["Content-Type"]?.lowercased() ?? ""
            if !type.hasPrefix("text/html"), !type.contains("xml") { return .answers }
            // One such answer may be a mishap, as it may be where a product is asked for; a host that goes on so is left alone.
            let reason = "\(origin) answers with a page of type \(ForeignText.quoted(type)) for \(file), too"
            throw FetchFailure(.transient(retryAfter: nil), reason, concernsHost: true)
        default: break
        }
        let answer = BucketAnswer(status: head.status, excerpt: excerpt)
        // An object without any byte has no first one.
        if head.status == 416, answer.code == "InvalidRange" { return .answers }
        let pause = head.headers["Retry-After"].flatMap { RetryAfter.wait($0, now: now) }
        let failure = FetchFailure(answer, origin: origin, pause: pause)
        switch failure.kind {
        case .transient, .throttled: throw failure
        default:
            // Who says honestly that this file is not there may be asked for others.
            let isHonest = failure.kind == .missing(isTold: true) || answer.code == "InvalidObjectState"
            return .refuses(FetchFailure(.refused, failure.reason, concernsHost: !isHonest))
        }
    }
}

/// Takes the head of an answer and the beginning of its body.
private final class WitnessSink: BodySink {
    private struct Taken {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
    }

    private static let most = 2048
    private let taken = Mutex(Taken())

    var answer: (head: HTTPResponseHead, excerpt: String)? {
        self.taken.withLock { taken in taken.head.map { ($0, String(decoding: taken.bytes, as: UTF8.self)) } }
    }

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision {
        self.taken.withLock { $0.head = head }
        return .take
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision {
        self.taken.withLock { taken in
            taken.bytes += bytes.prefix(Self.most - taken.bytes.count)
            return taken.bytes.count < Self.most ? .take : .enough
        }
    }
}
