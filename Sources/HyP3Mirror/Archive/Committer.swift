import Dispatch
package import Logging
import Synchronization

/// Queues proven products for their names, and commits what has gathered in one batch after the other.
package actor Committer {
    private struct Waiting {
        let product: StagedProduct
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// Products of one batch at most: what a kill leaves to be recovered stays small.
    private static let largestBatch = 128
    /// A batch costs a handful of disk flushes whatever its size, so it waits this long for company.
    private static let gathering = Duration.milliseconds(40)

    private let batch: CommitBatch
    private let stop: StopFlag
    private let queue = DispatchQueue(label: "commit")
    private var waiting: [Waiting] = []
    private var isRunning = false
    private let underWay = Atomic<Int>(0)

    /// Opens manifest, checksum list and journal.
    /// - Throws: `FilesystemError`.
    package init(_ project: ProjectDirectory, logger: Logger) throws {
        let stop = StopFlag()
        self.stop = stop
        self.batch = try CommitBatch(project, logger: logger, stop: stop)
    }

    /// Returns when the product is durable under its name and recorded.
    /// - Throws: `FilesystemError`; with `.fileExists` when a file has taken the name meanwhile.
    ///   `NoNameGiven` where the disk is full and no name was given. `CancellationError` where
    ///   the run was stopped while another one held the checksum list.
    package func commit(_ product: StagedProduct) async throws {
        let stop = self.stop
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.waiting.append(Waiting(product: product, continuation: continuation))
                guard !self.isRunning else { return }
                self.isRunning = true
                Task { await self.drain() }
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// A product is under way that may come to be committed, until `leave`. Any thread.
    nonisolated func enter() { self.underWay.wrappingAdd(1, ordering: .relaxed) }

    nonisolated func leave() { self.underWay.wrappingSubtract(1, ordering: .relaxed) }

    private func drain() async {
        while !self.waiting.isEmpty {
            let mayHaveCompany = self.underWay.load(ordering: .relaxed) > self.waiting.count
            if mayHaveCompany, self.waiting.count < Self.largestBatch { try? await Task.sleep(for: Self.gathering) }
            let group = Array(self.waiting.prefix(Self.largestBatch))
            self.waiting.removeFirst(group.count)
            let batch = self.batch
            let results = await withCheckedContinuation { continuation in
                self.queue.async { continuation.resume(returning: batch.run(group.map(\.product))) }
            }
            for (waiting, result) in zip(group, results) { waiting.continuation.resume(with: result) }
        }
        self.isRunning = false
    }
}
