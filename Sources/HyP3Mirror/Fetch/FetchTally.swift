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
