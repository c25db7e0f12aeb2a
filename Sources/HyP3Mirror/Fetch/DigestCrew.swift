import Checksums
import Dispatch
import FoundationEssentials
import Synchronization

/// Digests the chunks of all products of a run, those of different products together: side by side in the CPU's vectors
/// they cost a third of what they cost one after the other (`DigestSet.update` of a batch).
///
/// Where many products are under way, a few of them are waited for, but not for long. Any thread.
package final class DigestCrew: Sendable {
    /// The next bytes of one object.
    struct Job: Sendable {
        /// The job's own until it is done.
        var digests: DigestSet
        var buffers: [ChunkBuffer]
        /// Called on a thread of the crew.
        var done: @Sendable (Result<Void, any Error>) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var working = 0
        var isTimed = false
        /// Products that have bytes digested here.
        var products = 0

        /// Jobs worth a call of their own. Where few products are under way, company may not come.
        var enough: Int { self.products < 2 * DigestCrew.enough ? 1 : DigestCrew.enough }
    }

    private enum Start {
        case now, later, notNow
    }

    /// Work for one call. With fewer the vectors are mostly empty.
    private static let enough = max(1, DigestSet.usefulBatch / 4)
    /// How long a job waits for company.
    private static let gathering = DispatchTimeInterval.milliseconds(2)

    private let state = Mutex(State())
    private let workers = DispatchQueue(label: "digests", attributes: .concurrent)
    private let most: Int

    package init() { self.most = max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// Tells that a product begins, and ends, to have bytes digested.
    func enter() { self.state.withLock { $0.products += 1 } }
    func leave() { self.state.withLock { $0.products -= 1 } }

    func add(_ job: Job) {
        let start = self.state.withLock { state -> Start in
            state.waiting.append(job)
            // One worker as long as it finds all that waits a place in its next batch.
            if state.working < self.most, state.waiting.count >= state.enough,
                state.waiting.count > state.working * DigestSet.usefulBatch
            {
                state.working += 1
                return .now
            }
            return state.working == 0 ? Self.time(&state) : .notNow
        }
        self.start(start)
    }

    private static func time(_ state: inout State) -> Start {
        guard !state.isTimed else { return .notNow }
        state.isTimed = true
        return .later
    }

    private func start(_ start: Start) {
        switch start {
        case .now: self.workers.async { self.work() }
        case .later: self.workers.asyncAfter(deadline: .now() + Self.gathering) { self.waitedLongEnough() }
        case .notNow: break
        }
    }

    private func waitedLongEnough() {
        let isWanted = self.state.withLock { state -> Bool in
            state.isTimed = false
            guard state.working == 0, !state.waiting.isEmpty else { return false }
            state.working += 1
            return true
        }
        if isWanted { self.work() }
    }

    private func work() {
        var batch = self.state.withLock { Self.take(&$0) }
        while !batch.isEmpty {
            let result = Result<Void, any Error> {
                try DigestSet.update(batch.flatMap { job in job.buffers.map { (set: job.digests, bytes: $0.bytes) } })
            }
            for job in batch { job.done(result) }
            batch = self.state.withLock { $0.waiting.count >= $0.enough ? Self.take(&$0) : [] }
        }
        let start = self.state.withLock { state -> Start in
            state.working -= 1
            return state.working == 0 && !state.waiting.isEmpty ? Self.time(&state) : .notNow
        }
        self.start(start)
    }

    private static func take(_ state: inout State) -> [Job] {
        let batch = Array(state.waiting.prefix(DigestSet.usefulBatch))
        state.waiting.removeFirst(batch.count)
        return batch
    }
}
