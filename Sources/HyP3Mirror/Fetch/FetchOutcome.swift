/// What became of one product that was to be fetched.
package struct FetchOutcome: Sendable {
    package enum Result: Sendable {
        case archived(ManifestEntry)
        case failed(FetchFailure)
        /// Not tried, or not to the end; the next run tries it.
        case left(Cause)
    }

    /// Why a product is left for the next run.
    package enum Cause: Sendable {
        /// Its host gives nothing.
        case host
        /// The disk has no room for it.
        case room(NoRoom)
    }

    package let product: Product
    package let result: Result
    package let tally: FetchTally
}

/// What one product cost.
package struct FetchTally: Sendable, Hashable {
    package var attempts = 0
    /// Bytes that came over the network, over all attempts.
    package var received: Int64 = 0
    /// Bytes that an earlier run or attempt had staged.
    package var resumed: Int64 = 0
    package var proof: Proof?

    /// What an earlier try at the same product cost.
    func adding(_ earlier: FetchTally) -> FetchTally {
        var sum = self
        sum.attempts += earlier.attempts
        sum.received += earlier.received
        sum.resumed = earlier.attempts > 0 ? earlier.resumed : sum.resumed
        return sum
    }

    mutating func add(_ attempt: Download.Attempt) {
        self.received += attempt.received
        self.resumed = max(self.resumed, attempt.resumed)
    }
}
