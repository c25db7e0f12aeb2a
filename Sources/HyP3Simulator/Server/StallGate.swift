import Synchronization

/// Where stalled responses wait until their client goes away, a test lets them go, or the simulator closes.
final class StallGate: Sendable {
    private let state = Mutex((generation: 0, waiting: 0))

    /// Responses that are stalled now.
    var count: Int {
        state.withLock { $0.waiting }
    }

    /// Lets every response that is stalled now go on.
    func release() {
        state.withLock { $0.generation += 1 }
    }

    /// Waits on the thread of `connection`; throws when its client has gone.
    func wait(on connection: Connection) throws(Connection.Ended) {
        let generation = state.withLock { state in
            state.waiting += 1
            return state.generation
        }
        defer { state.withLock { $0.waiting -= 1 } }
        while state.withLock({ $0.generation }) == generation {
            if connection.peerHasGone(withinMilliseconds: 20) { throw Connection.Ended() }
        }
    }
}
