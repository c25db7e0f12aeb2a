import Synchronization

/// Keeps a body in memory, up to a limit.
final class CollectingSink: BodySink {
    private struct Collected {
        var bytes: [UInt8] = []
        var isTooLarge = false
    }

    private let limit: Int
    private let collected = Mutex(Collected())

    init(limit: Int) { self.limit = limit }

    /// The whole body; nil if it passed the limit.
    var body: [UInt8]? { self.collected.withLock { $0.isTooLarge ? nil : $0.bytes } }

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision { .take }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision {
        self.collected.withLock { collected in
            guard collected.bytes.count + bytes.count <= self.limit else {
                collected.isTooLarge = true
                return .enough
            }
            collected.bytes.append(contentsOf: bytes)
            return .take
        }
    }
}
