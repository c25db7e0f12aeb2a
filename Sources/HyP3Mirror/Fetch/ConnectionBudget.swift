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
        /// Counted for the controller: refusals of the host since it last looked.
        var slowDowns = 0
    }

    private let state: Mutex<State>

    package init(limit: Int) { self.state = Mutex(State(limit: max(1, limit))) }

    /// Connections there may be now.
    var limit: Int { self.state.withLock { $0.limit } }

    /// Whether a product waits for its first connection.
    var isWanted: Bool { self.state.withLock { !$0.waiting.isEmpty || $0.inUse > $0.limit } }

    /// Whether all connections are in use and more would be used.
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

    /// Notes that the host asked for fewer.
    func slowDown() {
        self.settle { state in
            state.slowDowns += 1
            state.limit = max(1, state.limit / 2)
        }
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
