import Synchronization

/// Tells an outage once: readers side by side meet the same one, and each meets it again until it is over. Any thread.
final class OutageNotice: Sendable {
    private let isTold = Mutex(false)

    /// - Returns: true where the outage has not been told yet.
    func begin() -> Bool {
        self.isTold.withLock { isTold in
            defer { isTold = true }
            return !isTold
        }
    }

    /// An answer came.
    func end() { self.isTold.withLock { $0 = false } }
}
