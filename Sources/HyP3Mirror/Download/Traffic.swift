import Synchronization

/// Counts the bytes of products as they come, for a display. Any thread.
package final class Traffic: Sendable {
    private let receivedBytes = Atomic<Int>(0)

    package init() {}

    /// Bytes of product bodies.
    package var bytes: Int64 { Int64(self.receivedBytes.load(ordering: .relaxed)) }

    func add(bytes: Int) { self.receivedBytes.wrappingAdd(bytes, ordering: .relaxed) }
}
