import Synchronization

/// How many transfers may run at once; over files, and over the parts of large ones.
package final class ConnectionBudget: Sendable {
    private struct State {
        var limit: Int
        var inUse = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var nextID: UInt64 = 0
    }

    private let state: Mutex<State>

    package init(limit: Int) { self.state = Mutex(State(limit: max(1, limit))) }

    /// Runs `body` when there is a connection for it, in the order of the calls.
    /// - Throws: `CancellationError` when the task is cancelled while it waits; what `body` throws.
    package func withConnection<R>(_ body: () async throws -> R) async throws -> R {
        try await self.acquire()
        defer { self.release() }
        return try await body()
    }

    private func acquire() async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
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

    private func release() {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty, state.inUse <= state.limit else {
                state.inUse -= 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
