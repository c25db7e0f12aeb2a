/// One of N equal parts of the jobs: the same job always falls into the same part.
package struct Shard: Sendable, Hashable, CustomStringConvertible {
    /// From 1.
    package let index: Int
    package let count: Int

    package var description: String { "\(self.index)/\(self.count)" }

    /// Reads `K/N`, K from 1 to N, N up to 10000.
    package init(_ text: String) throws(InvalidValue) {
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], (1...10_000).contains(count),
            (1...count).contains(index)
        else { throw InvalidValue("must be K/N with K from 1 to N, as in 2/8") }
        self.index = index
        self.count = count
    }

    /// Whether the job is in this part. By a hash (64-bit FNV-1a) that never changes between versions or machines.
    package func contains(jobID: String) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in jobID.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01B3
        }
        return hash % UInt64(self.count) == UInt64(self.index - 1)
    }
}
