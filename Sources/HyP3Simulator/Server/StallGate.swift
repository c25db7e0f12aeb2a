import Synchronization

/// Where stalled responses wait until their client goes away, a test lets them go, or the simulator closes.
final class StallGate: Sendable {
    /// A test that waits for so many stalled responses.
    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var generation = 0
        var waiting = 0
        var watchers: [Int: Watcher] = [:]
        var nextWatcher = 0
    }

    private let state = Mutex(State())

    /// Responses that are stalled now.
    var count: Int {
        state.withLock { $0.waiting }
    }

    /// Returns once that many responses are stalled, or the task is cancelled.
    func waitUntilStalled(_ count: Int) async {
        let id = state.withLock { state in
            state.nextWatcher += 1
            return state.nextWatcher
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReached = state.withLock { state in
                    if state.waiting >= count || Task.isCancelled { return true }
                    state.watchers[id] = Watcher(count: count, continuation: continuation)
                    return false
                }
                if isReached { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume()
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
            let reached = state.watchers.filter { $0.value.count <= state.waiting }
            for id in reached.keys { state.watchers[id] = nil }
            return reached.values
        }
        for watcher in reached { watcher.continuation.resume() }
        defer { state.withLock { $0.waiting -= 1 } }
        while state.withLock({ $0.generation }) == generation {
            if connection.peerHasGone(withinMilliseconds: 20) { throw Connection.Ended() }
        }
    }
}
