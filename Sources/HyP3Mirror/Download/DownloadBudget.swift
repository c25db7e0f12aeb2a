package import Logging
import Synchronization

/// The connections of a run with their buffers, over all hosts: no more at once than the user allows, and to each host no
/// more than it and the line will bear.
///
/// A connection is granted together with the buffers it needs, so memory does not grow with the size or number of products,
/// and nobody ever waits while he holds. Products that wait for their first connection come before the parts of those that
/// have one. Any thread.
package final class DownloadBudget: Sendable {
    private struct Host {
        let line: HostLine
        var pacing: ConnectionPacing
        var inUse = 0
        /// Connections that the host has refused, and that rest until the limit has been looked at: whoever got them would
        /// be refused at once.
        var resting = 0
        var refusals = 0
        var seenBytes: Int64 = 0

        var hasRoom: Bool { self.inUse + self.resting < self.pacing.limit }
    }

    private struct Waiting {
        var id: UInt64
        var origin: Origin
        var deliver: @Sendable (Grant?) -> Void
    }

    /// Whoever drops a grant without giving it back is not kept alive for that.
    private struct Granted {
        weak var grant: Grant?
    }

    private struct State {
        var hosts: [Origin: Host] = [:]
        var grants: [UInt64: Granted] = [:]
        /// Buffers that nobody has now. Whoever needs one gets the last that was used, so that memory grows with what is
        /// used at once and not with what connections have a right to.
        var pool: [ChunkBuffer] = []
        /// Buffers that no connection has a right to, and nobody has.
        var free: Int
        /// Products that have no connection, in the order of their calls.
        var first: [Waiting] = []
        /// Products that would like one more.
        var further: [Waiting] = []
        var nextID: UInt64 = 0
        var watch: CrawlWatch
    }

    /// Connections over all hosts where the user does not say.
    package static let mostByDefault = 64

    private let most: Int
    private let isFixed: Bool
    private let latency: Double?
    private let logger: Logger
    private let state: Mutex<State>

    /// Buffers beyond what the connections have for themselves.
    static let spareBuffers = 4

    /// - Parameters:
    ///   - most: connections at once, over all hosts.
    ///   - isFixed: the user wants just so many; otherwise each host begins with a few.
    ///   - latency: seconds to the service, if known.
    ///   - patience: a connection that crawls for so long is cut.
    package init(most: Int, isFixed: Bool, latency: Double?, patience: Duration, logger: Logger) {
        self.most = max(1, most)
        self.isFixed = isFixed
        self.latency = latency
        self.logger = logger
        let buffers = self.most * Grant.buffers + Self.spareBuffers
        self.state = Mutex(State(free: buffers, watch: CrawlWatch(window: patience)))
    }

    // MARK: Asking for a connection

    /// Waits for a connection, in the order of the calls. Each must be released.
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func connection(to origin: Origin) async throws -> Grant {
        let id = self.makeID()
        let grant = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = self.settle { state in
                    if Task.isCancelled { return true }
                    self.meet(origin, &state)
                    state.first.append(Waiting(id: id, origin: origin) { continuation.resume(returning: $0) })
                    return false
                }
                if isCancelled { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let waiting = self.state.withLock { state -> Waiting? in
                guard let index = state.first.firstIndex(where: { $0.id == id }) else { return nil }
                return state.first.remove(at: index)
            }
            waiting?.deliver(nil)
        }
        guard let grant else { throw CancellationError() }
        return grant
    }

    /// Asks for one more connection, whenever there is one that no product waits for.
    /// - Parameter deliver: called once, on any thread, unless the wish is withdrawn before.
    /// - Returns: what `withdraw` wants.
    func wish(for origin: Origin, deliver: @escaping @Sendable (Grant) -> Void) -> UInt64 {
        let id = self.makeID()
        self.settle { state in
            self.meet(origin, &state)
            state.further.append(Waiting(id: id, origin: origin) { $0.map(deliver) })
        }
        return id
    }

    /// Takes a wish back. It may be granted at this very moment.
    func withdraw(_ id: UInt64) {
        self.state.withLock { state in state.further.removeAll { $0.id == id } }
    }

    /// Whether somebody who has no connection would get one that is given back now, or the host is to have fewer.
    func isWanted(_ origin: Origin) -> Bool {
        self.state.withLock { state in
            if let host = state.hosts[origin], host.inUse > host.pacing.limit { return true }
            return state.first.contains { waiting in
                waiting.origin == origin
                    || (state.grants.count >= self.most && state.hosts[waiting.origin]?.hasRoom ?? true)
            }
        }
    }

    /// Connections that one object may have at once.
    func width(_ origin: Origin) -> Int {
        self.state.withLock { min(self.most, $0.hosts[origin]?.pacing.limit ?? self.most) }
    }

    // MARK: Buffers

    /// A buffer that no connection is entitled to, if there is one.
    func spare() -> ChunkBuffer? {
        self.state.withLock { state in
            let kept = (self.most - state.grants.count) * Grant.buffers
            guard state.first.isEmpty, state.free > kept else { return nil }
            state.free -= 1
            return state.pool.popLast() ?? ChunkBuffer()
        }
    }

    /// A buffer that whoever asks has a right to.
    func buffer() -> ChunkBuffer {
        self.state.withLock { $0.pool.popLast() } ?? ChunkBuffer()
    }

    /// Takes the memory of a buffer.
    func keep(_ buffer: ChunkBuffer) { self.state.withLock { $0.pool.append(buffer) } }

    /// Takes back the right to a buffer, whose memory is here.
    func giveBack() { self.settle { $0.free += 1 } }

    func release(_ grant: Grant, buffers: Int, rests: Bool) {
        self.settle { state in
            state.grants[grant.id] = nil
            state.free += buffers
            state.hosts[grant.host.origin]?.inUse -= 1
            if rests {
                state.hosts[grant.host.origin]?.resting += 1
                state.hosts[grant.host.origin]?.refusals += 1
            }
        }
    }

    // MARK: Granting

    private func makeID() -> UInt64 {
        self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    private func meet(_ origin: Origin, _ state: inout State) {
        guard state.hosts[origin] == nil else { return }
        let pacing = ConnectionPacing(most: self.most, isFixed: self.isFixed, latency: self.latency)
        state.hosts[origin] = Host(line: HostLine(origin), pacing: pacing)
    }

    /// Applies `change`, then grants what can be granted.
    @discardableResult
    private func settle<R>(_ change: (inout State) -> R) -> R {
        let (result, granted) = self.state.withLock { state -> (R, [(Waiting, Grant)]) in
            let result = change(&state)
            var granted: [(Waiting, Grant)] = []
            self.grant(&state, \.first, &granted)
            self.grant(&state, \.further, &granted)
            return (result, granted)
        }
        for (waiting, grant) in granted { waiting.deliver(grant) }
        return result
    }

    private func grant(
        _ state: inout State,
        _ queue: WritableKeyPath<State, [Waiting]>,
        _ granted: inout [(Waiting, Grant)]
    ) {
        var index = 0
        while index < state[keyPath: queue].count, state.grants.count < self.most,
            state.free >= Grant.buffers
        {
            let waiting = state[keyPath: queue][index]
            guard let host = state.hosts[waiting.origin], host.hasRoom else {
                index += 1
                continue
            }
            state[keyPath: queue].remove(at: index)
            state.nextID += 1
            let grant = Grant(id: state.nextID, host: host.line, budget: self)
            state.free -= Grant.buffers
            state.grants[grant.id] = Granted(grant: grant)
            state.hosts[waiting.origin]?.inUse += 1
            granted.append((waiting, grant))
        }
    }

    // MARK: Pacing

    /// Adjusts what each host may have, and cuts what crawls, until the task is cancelled.
    /// - Parameter rate: bytes a second that the user allows now.
    package func keep(rate: @Sendable () -> Int64?) async throws {
        let start = ContinuousClock.now
        var before = start
        while true {
            try await Task.sleep(for: ConnectionPacing.interval)
            let now = ContinuousClock.now
            self.adjust(elapsed: before.duration(to: now))
            self.cutCrawls(now: start.duration(to: now), limit: rate())
            before = now
        }
    }

    private func adjust(elapsed: Duration) {
        let seconds = max(elapsed / .seconds(1), 0.001)
        let changes = self.settle { state in
            state.hosts.keys.compactMap { origin -> (Origin, Int, Int)? in
                guard var host = state.hosts[origin] else { return nil }
                let (limit, bytes) = (host.pacing.limit, host.line.receivedBytes)
                let seen = ConnectionPacing.Observation(
                    throughput: Double(bytes - host.seenBytes) / seconds,
                    isExhausted: host.inUse + host.resting >= limit,
                    isThrottled: host.refusals > 0,
                    latency: host.line.latency
                )
                host.seenBytes = bytes
                host.refusals = 0
                host.resting = 0
                _ = host.pacing.look(seen)
                state.hosts[origin] = host
                return limit == host.pacing.limit ? nil : (origin, limit, host.pacing.limit)
            }
        }
        for (origin, from, to) in changes {
            self.logger.debug("connections", metadata: ["host": "\(origin)", "from": "\(from)", "to": "\(to)"])
        }
    }

    private func cutCrawls(now: Duration, limit: Int64?) {
        let crawling = self.state.withLock { state -> [Grant] in
            let samples = state.grants.values.compactMap { $0.grant?.sample }
            return state.watch.look(samples, now: now, limit: limit).compactMap { state.grants[$0]?.grant }
        }
        for grant in crawling {
            self.logger.info("cut a connection that crawled", metadata: ["host": "\(grant.host.origin)"])
            grant.cutCrawl()
        }
    }
}
