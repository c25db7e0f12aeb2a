/// Jobs of which a run leaves products that may still be archived: `on_archived` waits for those where it is to get whole
/// jobs.
struct JobsToCome: Sendable {
    /// Jobs with a product that was tried in vain, or left.
    private var open: Set<UInt64> = []
    /// Products that came to their end.
    private var settled: Set<UInt64> = []

    mutating func note(_ outcome: FetchOutcome) {
        guard let end = ProductOutcome(outcome), !end.isNotHad else {
            self.open.insert(HookQueue.key(job: outcome.product.jobID))
            return
        }
        self.settled.insert(Self.key(outcome.product))
    }

    /// The jobs, by the key of their errands.
    ///
    /// - Parameter isComplete: whether the run came to its end; what a pattern stands for is known only then.
    func keys(_ plan: Plan, isComplete: Bool) -> Set<UInt64> {
        var keys = self.open
        for planned in plan.products([.fetch, .unfinished, .unknown]) {
            if planned.state == .fetch {
                let isSettled = planned.file.isEmpty ? isComplete : self.settled.contains(Self.key(planned.product))
                if isSettled { continue }
            }
            keys.insert(HookQueue.key(job: planned.product.jobID))
        }
        return keys
    }

    private static func key(_ product: Product) -> UInt64 { ByteStrings.hash("\(product.jobID)\n\(product.file)") }
}
