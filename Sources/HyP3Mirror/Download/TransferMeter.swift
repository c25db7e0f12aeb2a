import Synchronization

/// How far the transfer of one product is, for a display. Any thread.
package final class TransferMeter: Sendable {
    /// What it shows.
    package struct Reading: Sendable, Hashable {
        package var file: String
        /// Bytes that are staged; none of them is proven yet.
        package var staged: Int64
        /// Nil while it is not known.
        package var total: Int64?

        package init(file: String, staged: Int64, total: Int64?) {
            (self.file, self.staged, self.total) = (file, staged, total)
        }
    }

    private let file: String
    private let staged = Atomic<Int>(0)
    /// Negative while it is not known.
    private let total = Atomic<Int>(-1)

    init(file: String) { self.file = file }

    package var reading: Reading {
        let total = self.total.load(ordering: .relaxed)
        return Reading(
            file: self.file,
            staged: Int64(self.staged.load(ordering: .relaxed)),
            total: total < 0 ? nil : Int64(total)
        )
    }

    /// An object begins, of which so many bytes are staged.
    func begin(total: Int64?, staged: Int64) {
        self.total.store(Int(total ?? -1), ordering: .relaxed)
        self.staged.store(Int(staged), ordering: .relaxed)
    }

    func add(_ count: Int) { self.staged.wrappingAdd(count, ordering: .relaxed) }
}
