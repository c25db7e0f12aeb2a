import CurlTransfer
import Synchronization

/// One attempt to bring the bytes of one product's object into staging, over one connection or, where others are free and
/// the object is large, over several.
final class ObjectDownload: Sendable {
    private struct State {
        /// Nil until the object's length is known, and for one that cannot be divided.
        var plan: PartPlan?
        var evidence: ServiceEvidence?
        /// The connections at work, by their region.
        var sinks: [Int: ObjectSink] = [:]
        var workers = 0
        /// The first thing that went wrong; no helper is started after it.
        var failure: (any Error)?
        var received: Int64 = 0
        var resumed: Int64 = 0
        var isWhole = false
    }

    private enum Event: Sendable {
        /// A connection may be free, or there may be work for one.
        case look
        case workerEnded
    }

    private let requester: ObjectRequester
    private let assembly: ProductAssembly
    private let pool: BufferPool
    private let budget: ConnectionBudget
    private let traffic: Traffic
    private let state = Mutex(State())
    private let events: AsyncStream<Event>
    private let send: AsyncStream<Event>.Continuation

    init(
        requester: ObjectRequester,
        assembly: ProductAssembly,
        pool: BufferPool,
        budget: ConnectionBudget,
        traffic: Traffic
    ) {
        self.requester = requester
        self.assembly = assembly
        self.pool = pool
        self.budget = budget
        self.traffic = traffic
        (self.events, self.send) = AsyncStream.makeStream()
    }

    /// Bytes that came over the network.
    var received: Int64 { self.state.withLock { $0.received } }
    /// Bytes that were staged before and did not have to.
    var resumed: Int64 { self.state.withLock { $0.resumed } }

    /// Fetches what is missing.
    /// - Throws: `FetchFailure`, `FilesystemError`, `CancellationError`.
    func run() async throws {
        try await self.budget.acquire()
        let assembly = self.assembly
        do {
            if let remainder = try await assembly.onLane({ try assembly.resume() }) {
                self.state.withLock { state in
                    state.plan = PartPlan(total: remainder.total, missing: remainder.missing)
                    state.evidence = remainder.evidence
                    state.resumed = remainder.present
                }
            }
        } catch {
            self.budget.release()
            throw error
        }
        await self.coordinate()
        let (failure, isComplete) = self.state.withLock { ($0.failure, $0.plan?.isComplete ?? $0.isWhole) }
        try Task.checkCancellation()
        if let error = self.assembly.error { throw error }
        if let failure, !isComplete || failure.endsAttempt { throw failure }
        guard isComplete else { throw FetchFailure(.transient(retryAfter: nil), "the connection ended early") }
    }

    /// Keeps as many connections at work as are free and useful, until all have ended.
    private func coordinate() async {
        let idle = self.budget.onIdle { self.send.yield(.look) }
        defer { self.budget.forget(idle) }
        await withTaskGroup(of: Void.self) { group in
            var working = 1
            self.state.withLock { $0.workers = 1 }
            group.addTask { await self.work() }
            // What is left of an earlier attempt can be divided at once.
            self.send.yield(.look)
            for await event in self.events {
                if case .workerEnded = event { working -= 1 }
                if working == 0 { break }
                if self.state.withLock({ $0.failure?.endsAttempt ?? false }) { group.cancelAll() }
                while self.wantsHelper(), self.budget.tryAcquire() {
                    working += 1
                    self.state.withLock { $0.workers = working }
                    group.addTask { await self.work() }
                }
            }
        }
    }

    private func wantsHelper() -> Bool {
        let limit = self.budget.limit
        return self.state.withLock { state in
            guard state.failure == nil, state.evidence?.strongETag != nil, let plan = state.plan else { return false }
            return plan.hasWork(connections: limit)
        }
    }

    /// Uses one connection as long as there is work for it and no other product needs it more.
    private func work() async {
        do {
            var isFirst = self.state.withLock { $0.plan == nil }
            while true {
                if isFirst {
                    isFirst = false
                    try await self.bring(.whole, region: nil)
                } else if let (question, region) = self.next() {
                    try await self.bring(question, region: region)
                } else {
                    break
                }
                if self.state.withLock({ $0.workers > 1 }), self.budget.isWanted { break }
            }
        } catch {
            if let throttling = error as? FetchFailure, case .throttled = throttling.kind { await self.rest() }
            self.state.withLock { state in
                // What follows a failure that ends the attempt comes of the other connections being stopped.
                let isWorse = state.failure.map { !$0.endsAttempt && error.endsAttempt } ?? true
                if isWorse { state.failure = error }
            }
        }
        self.state.withLock { $0.workers -= 1 }
        self.budget.release()
        self.send.yield(.workerEnded)
    }

    /// Keeps a refused connection from being used until the limit has been looked at: the product that waits for it would
    /// be refused at once, and after it the next.
    private func rest() async {
        self.budget.slowDown()
        // Cut short only where the run ends, which is told by what follows.
        try? await Task.sleep(for: ConnectionPacing.interval)
    }

    /// The next region to bring, cut off another connection's if need be.
    private func next() -> (ObjectSink.Question, Int)? {
        let limit = self.budget.limit
        let found = self.state.withLock { state -> (ObjectSink.Question, Int, [(ObjectSink, Int64)])? in
            guard let evidence = state.evidence, let total = state.plan?.total,
                let region = state.plan?.take(connections: limit)
            else { return nil }
            let shortened = state.sinks.compactMap { id, sink in state.plan?.end(of: id).map { (sink, $0) } }
            return (.part(region.range, total: total, evidence: evidence), region.id, shortened)
        }
        guard let (question, region, shortened) = found else { return nil }
        // Outside the lock: sinks take their own first and ours second.
        for (sink, end) in shortened { sink.shorten(to: end) }
        return (question, region)
    }

    private func bring(_ question: ObjectSink.Question, region: Int?) async throws {
        let share = Share(download: self, region: region)
        let sink = ObjectSink(question, assembly: self.assembly, pool: self.pool, progress: share)
        share.sink.withLock { $0 = WeakSink(sink) }
        if let region { self.state.withLock { $0.sinks[region] = sink } }
        defer {
            self.state.withLock { state in
                if let region = share.region {
                    state.sinks[region] = nil
                    state.plan?.end(region)
                }
                state.received += sink.taken
            }
        }
        try await self.requester.ask(question, into: sink)
        if let failure = self.assembly.error { throw failure }
        if case .whole = sink.answer { self.state.withLock { $0.isWhole = true } }
    }

    // MARK: From the connections

    fileprivate func beginWhole(_ share: Share, _ evidence: ServiceEvidence, total: Int64?) -> Bool {
        let isAllowed = self.state.withLock { state -> Bool in
            guard state.workers <= 1 else { return false }
            state.evidence = evidence
            state.resumed = 0
            state.plan = nil
            state.sinks = [:]
            if let total, total > PartialFile.smallestResumable, evidence.strongETag != nil {
                var plan = PartPlan(total: total, missing: [0..<total])
                if let region = plan.take(connections: 1), let sink = share.sink.withLock({ $0?.sink }) {
                    share.setRegion(region.id)
                    state.sinks[region.id] = sink
                    state.plan = plan
                }
            }
            return true
        }
        if isAllowed {
            self.assembly.restart(evidence, total: total)
            self.send.yield(.look)
        }
        return isAllowed
    }

    fileprivate func received(_ count: Int) {
        self.traffic.add(bytes: count)
        self.budget.add(bytes: count)
    }

    fileprivate func answered(after latency: Duration) { self.budget.note(latency: latency) }

    fileprivate func reached(_ position: Int64, region: Int) -> Int64? {
        self.state.withLock { state in
            state.plan?.advance(region, to: position)
            return state.plan?.end(of: region)
        }
    }
}

/// What one connection tells its download.
private final class Share: ObjectProgress {
    private let download: ObjectDownload
    private let current: Mutex<Int?>
    let sink = Mutex<WeakSink?>(nil)

    init(download: ObjectDownload, region: Int?) {
        self.download = download
        self.current = Mutex(region)
    }

    var region: Int? { self.current.withLock { $0 } }
    func setRegion(_ region: Int) { self.current.withLock { $0 = region } }

    func beginWhole(_ evidence: ServiceEvidence, total: Int64?) -> Bool {
        self.download.beginWhole(self, evidence, total: total)
    }

    func answered(after latency: Duration) { self.download.answered(after: latency) }

    func received(_ count: Int) { self.download.received(count) }

    func reached(_ position: Int64) -> Int64? {
        self.region.flatMap { self.download.reached(position, region: $0) }
    }
}

/// A sink without keeping it: it holds the share that holds this.
private struct WeakSink: Sendable {
    weak let sink: ObjectSink?
    init(_ sink: ObjectSink) { self.sink = sink }
}

extension Error {
    /// Whether the other connections of an object need not go on.
    fileprivate var endsAttempt: Bool {
        guard let failure = self as? FetchFailure else { return true }
        switch failure.kind {
        case .transient, .throttled: return false
        default: return true
        }
    }
}
