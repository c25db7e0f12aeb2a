package import FoundationEssentials
import Glibc
import Synchronization

/// How fast files are read, over all threads. Any thread.
package final class ReadingPace: Sendable {
    private let rate: RateLimit
    private let now: @Sendable () -> Date
    /// When what was read so far may have been read.
    private let free = Mutex(ContinuousClock.now)

    /// Looked at the stop so often while waiting.
    private static let slice = Duration.milliseconds(50)

    /// - Parameter now: this machine's clock, for a timetable.
    package init(_ rate: RateLimit, now: @escaping @Sendable () -> Date) {
        self.rate = rate
        self.now = now
    }

    /// Waits until so many bytes may be read. Blocks.
    ///
    /// - Throws: `CancellationError` soon after `stop` is raised.
    func wait(for bytes: Int, stop: StopFlag) throws {
        try stop.check()
        guard let rate = self.rate.bytesPerSecond(at: self.now()) else { return }
        let due = self.free.withLock { free in
            let due = max(free, .now)
            free = due + .seconds(Double(bytes) / Double(rate))
            return due
        }
        while ContinuousClock.now < due {
            try stop.check()
            let left = min(ContinuousClock.now.duration(to: due), Self.slice)
            usleep(UInt32(max(0, left / .microseconds(1))))
        }
    }
}
