import Synchronization

/// Counts what crosses the network in a run. Any thread.
package final class Traffic: Sendable {
    private let receivedBytes = Atomic<Int>(0)
    private let requestCount = Atomic<Int>(0)

    package init() {}

    /// Bytes of product bodies.
    package var bytes: Int64 { Int64(self.receivedBytes.load(ordering: .relaxed)) }
    /// Requests to product hosts.
    package var requests: Int { self.requestCount.load(ordering: .relaxed) }

    func add(bytes: Int) { self.receivedBytes.wrappingAdd(bytes, ordering: .relaxed) }
    func addRequest() { self.requestCount.wrappingAdd(1, ordering: .relaxed) }
}
