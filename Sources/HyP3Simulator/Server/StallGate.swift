import Synchronization

/// Where stalled responses wait until their client goes away, a test lets them go, or the simulator closes.
final class StallGate: Sendable {
    /// A test that waits for so many stalled responses.
    private struct Watcher {
        let id: Int
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var generation = 0
        var waiting = 0
        var watchers: [Watcher] = []
        var watcherCount = 0
    }

    private let state = Mutex(State())

    /// Responses that are stalled now.
    var count: Int {
        state.withLock { $0.waiting }
    }

    /// Returns once that many responses are stalled, or the task is cancelled.
    func waitUntilStalled(_ count: Int) async {
        let watcher = state.withLock { state in
            state.watcherCount += 1
            return state.watcherCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReached = state.withLock { state in
                    if state.waiting >= count || Task.isCancelled { return true }
                    state.watchers.append(Watcher(id: watcher, count: count, continuation: continuation))
                    return false
                }
                if isReached { continuation.resume() }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                let cancelled = state.watchers.filter { $0.id == watcher }
                state.watchers.removeAll { $0.id == watcher }
                return cancelled
            }
            for watcher in cancelled { watcher.continuation.resume() }
        }
    }

    /// Grows with every release.
    var generation: Int {
        state.withLock { $0.generation }
    }

    /// Lets every response go on that is stalled now, or belongs to a request that has come.
    func release() {
        state.withLock { $0.generation += 1 }
    }

    /// Waits on the thread of `connection` for a release after `generation`; throws when its client has gone.
    func wait(on connection: Connection, since generation: Int) throws(Connection.Ended) {
        let reached = state.withLock { state in
            state.waiting += 1
            let reached = state.watchers.filter { $0.count <= state.waiting }
            state.watchers.removeAll { $0.count <= state.waiting }
            return reached
        }
        for watcher in reached { watcher.continuation.resume() }
        defer { state.withLock { $0.waiting -= 1 } }
        while state.withLock({ $0.generation }) == generation {
            if connection.peerHasGone(withinMilliseconds: 20) { throw Connection.Ended() }
        }
    }
}
