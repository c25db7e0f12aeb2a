import CurlTransfer
import Synchronization

/// What moves in a run, in numbers that only grow, and what the run is about. Any thread.
final class Motion: Sendable {
    private struct State {
        var steps: Int64 = 0
        var activity = "opening the archive"
        weak var engine: TransferEngine?
    }

    private let state = Mutex(State())

    /// Bytes received and events so far.
    var total: Int64 {
        self.state.withLock { $0.steps &+ ($0.engine?.receivedBytes ?? 0) }
    }

    /// For the end of a sentence.
    var activity: String { self.state.withLock { $0.activity } }

    /// Counts the bytes of this engine from now on, of API, login, listings and products.
    func follow(_ engine: TransferEngine) {
        self.state.withLock { state in
            state.engine = engine
            state.activity = "reading the archive"
        }
    }

    func note(_ event: RunEvent) {
        let activity: String? =
            switch event {
            case .scanned, .reviewed: "waiting for HyP3's list of jobs"
            case .listed: "making the plan"
            case .planned(let plan): "waiting for \(Count.of(plan.count(.fetch), "product")) to be fetched"
            case .surveyed, .fetched: "waiting for products to be fetched"
            default: nil
            }
        self.state.withLock { state in
            state.steps += 1
            if let activity { state.activity = activity }
        }
    }
}
