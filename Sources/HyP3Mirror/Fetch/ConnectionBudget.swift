import Synchronization

/// How many transfers may run at once on one host; over files, and over the parts of large ones.
///
/// Products that wait for their first connection come before the parts of those that have one. Any thread.
package final class ConnectionBudget: Sendable {
    private struct State {
        var limit: Int
        var inUse = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var idleCallbacks: [UInt64: @Sendable () -> Void] = [:]
        var nextID: UInt64 = 0
        /// Refusals of the host since it last looked.
        var slowDowns = 0
    }

    private let state: Mutex<State>
    private let received = Atomic<Int>(0)
    /// Microseconds; zero is unknown.
    private let fastest = Atomic<Int>(0)

    package init(limit: Int) { self.state = Mutex(State(limit: max(1, limit))) }

    /// Connections there may be now.
    var limit: Int { self.state.withLock { $0.limit } }

    /// Whether a product waits for its first connection.
    var isWanted: Bool { self.state.withLock { !$0.waiting.isEmpty || $0.inUse > $0.limit } }

    /// Whether all connections are in use.
    var isExhausted: Bool { self.state.withLock { $0.inUse >= $0.limit } }

    /// Waits for a connection, in the order of the calls. Each must be released.
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func acquire() async throws {
        let id = self.makeID()
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = self.state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if state.inUse < state.limit {
                        state.inUse += 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiting = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            waiting?.resume(returning: false)
        }
        guard isGranted else { throw CancellationError() }
    }

    /// Takes a connection that nobody waits for, if there is one. It must be released.
    func tryAcquire() -> Bool {
        self.state.withLock { state in
            guard state.waiting.isEmpty, state.inUse < state.limit else { return false }
            state.inUse += 1
            return true
        }
    }

    /// Gives a connection back.
    func release() {
        self.settle { $0.inUse -= 1 }
    }

    /// Changes how many there may be. Those above the limit end by themselves.
    func setLimit(_ limit: Int) {
        self.settle { $0.limit = max(1, limit) }
    }

    /// Notes that the host asked for fewer; who keeps the budget acts on it.
    func slowDown() {
        self.state.withLock { $0.slowDowns += 1 }
    }

    /// Bytes that came over these connections.
    var receivedBytes: Int64 { Int64(self.received.load(ordering: .relaxed)) }

    func add(bytes: Int) { self.received.wrappingAdd(bytes, ordering: .relaxed) }

    /// Seconds from a request to its answer, the shortest seen; nil until there was one.
    var latency: Double? {
        let microseconds = self.fastest.load(ordering: .relaxed)
        return microseconds > 0 ? Double(microseconds) / 1e6 : nil
    }

    func note(latency: Duration) {
        let (seconds, attoseconds) = latency.components
        let microseconds = max(1, Int(clamping: seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
        let known = self.fastest.load(ordering: .relaxed)
        if known == 0 || microseconds < known { self.fastest.store(microseconds, ordering: .relaxed) }
    }

    /// Refusals of the host since the last call.
    func takeSlowDowns() -> Int {
        self.state.withLock { state in
            defer { state.slowDowns = 0 }
            return state.slowDowns
        }
    }

    /// Calls `body` whenever a connection is free that no product waits for, until `forget`.
    func onIdle(_ body: @escaping @Sendable () -> Void) -> UInt64 {
        let id = self.makeID()
        self.state.withLock { $0.idleCallbacks[id] = body }
        return id
    }

    func forget(_ id: UInt64) {
        self.state.withLock { $0.idleCallbacks[id] = nil }
    }

    private func makeID() -> UInt64 {
        self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    /// Applies `change`, then hands free connections to those who wait, or tells those who would like one more.
    private func settle(_ change: (inout State) -> Void) {
        let (granted, idle) = self.state.withLock { state in
            change(&state)
            var granted: [CheckedContinuation<Bool, Never>] = []
            while state.inUse < state.limit, !state.waiting.isEmpty {
                state.inUse += 1
                granted.append(state.waiting.removeFirst().continuation)
            }
            return (granted, state.inUse < state.limit ? Array(state.idleCallbacks.values) : [])
        }
        for continuation in granted { continuation.resume(returning: true) }
        for callback in idle { callback() }
    }
}
