import Synchronization

/// Bytes received by all transfers of an engine. Any thread.
final class ByteCounter: Sendable {
    private let bytes = Atomic<Int64>(0)

    var value: Int64 { self.bytes.load(ordering: .relaxed) }

    func add(_ count: Int) { self.bytes.wrappingAdd(Int64(count), ordering: .relaxed) }
}
