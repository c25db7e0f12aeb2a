import Synchronization

/// Counts the bytes of products as they come, for a display, and knows when they came. Any thread.
package final class Traffic: Sendable {
    private let receivedBytes = Atomic<Int>(0)

    private let start = ContinuousClock.now
    /// Microseconds after the start; zero is never.
    private let firstQuestion = Atomic<Int>(0)
    private let firstByte = Atomic<Int>(0)
    private let lastByte = Atomic<Int>(0)
    /// Of the transfers that are under way, in the order in which they began.
    private let meters = Mutex<[TransferMeter]>([])

    package init() {}

    /// The transfers that are under way, in the order in which they began.
    package var transfers: [TransferMeter.Reading] { self.meters.withLock { $0 }.map(\.reading) }

    /// A transfer has a connection; said once or often.
    func begin(_ meter: TransferMeter) {
        self.meters.withLock { meters in
            if !meters.contains(where: { $0 === meter }) { meters.append(meter) }
        }
    }

    func end(_ meter: TransferMeter) { self.meters.withLock { $0.removeAll { $0 === meter } } }

    /// Bytes of product bodies.
    package var bytes: Int64 { Int64(self.receivedBytes.load(ordering: .relaxed)) }

    /// When the first product was asked for, its first byte came, and the last byte of any; nil where nothing did.
    var asked: ContinuousClock.Instant? { self.instant(self.firstQuestion) }
    var began: ContinuousClock.Instant? { self.instant(self.firstByte) }
    var ended: ContinuousClock.Instant? { self.instant(self.lastByte) }

    /// A product is asked for.
    func ask() { self.note(self.firstQuestion) }

    func add(bytes: Int) {
        self.receivedBytes.wrappingAdd(bytes, ordering: .relaxed)
        self.note(self.firstByte)
        self.lastByte.store(self.now, ordering: .relaxed)
    }

    private var now: Int { max(1, Int(self.start.duration(to: .now) / .microseconds(1))) }

    private func note(_ time: borrowing Atomic<Int>) {
        guard time.load(ordering: .relaxed) == 0 else { return }
        _ = time.compareExchange(expected: 0, desired: self.now, ordering: .relaxed)
    }

    private func instant(_ time: borrowing Atomic<Int>) -> ContinuousClock.Instant? {
        let microseconds = time.load(ordering: .relaxed)
        return microseconds == 0 ? nil : self.start.advanced(by: .microseconds(microseconds))
    }
}
