import Glibc
import SystemPackage

/// Lines on their way to a descriptor, written by a thread of its own: a reader that is slow, or never reads, holds up
/// neither a run nor a stop. Any thread.
///
/// Knows the lines at the bottom of a terminal that tell how far a run is, and lets others pass above them. The cursor
/// rests at the first of them: wherever a terminal that was resized moves it to, everything from there on is theirs.
final class LineQueue: @unchecked Sendable {
    /// What came of the lines.
    enum Fate: Hashable {
        case written
        /// The first error of write(2).
        case failed(Errno)
        /// Nobody read them in time.
        case unread
    }

    /// Takes away all from the cursor's line on. Whoever clears from the first cell on may have it kept as history (tmux).
    static let clear = "\r\u{1B}[K\u{1B}[C\u{1B}[J\r"

    private static let mostHeld = 1_000

    private let descriptor: Int32
    /// Bytes that may wait; what comes above that is dropped and counted.
    private let limit: Int
    // All below is read and written with `lock` held only; a condition variable, because the writer sleeps until there is
    // something, and whoever flushes until there is nothing, but not for ever.
    private var waiting: [[UInt8]] = []
    private var size = 0
    private var dropped = 0
    private var held: [[UInt8]]?
    private var progress = ""
    private var shown = ""
    private var isStale = false
    private var isWriting = false
    private var hasThread = false
    private var failure: Errno?
    /// What is written in place of lines that were dropped.
    private var notice: @Sendable (Int) -> String
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Lives as long as the process, as its thread does.
    init(_ descriptor: Int32, limit: Int, notice: @escaping @Sendable (Int) -> String) {
        self.descriptor = descriptor
        self.limit = limit
        self.notice = notice
        pthread_mutex_init(self.lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Adds whole lines; never waits.
    func add(_ text: String) {
        self.locked {
            let bytes = Array(text.utf8)
            guard let held = self.held else { return self.put(bytes) }
            if held.count < Self.mostHeld {
                self.held?.append(bytes)
            } else {
                // That is more than an outage says.
                self.held = nil
                for bytes in held + [bytes] { self.put(bytes) }
            }
        }
    }

    /// Shows `lines` at the bottom, in place of what was shown. None may be wider than the terminal.
    ///
    /// - Parameter isResized: what is shown may not look any more as it was written.
    func show(_ lines: [String], isResized: Bool = false) {
        let up = lines.count > 1 ? "\u{1B}[\(lines.count - 1)A" : ""
        // A window may be narrower already than it says (tmux tells programs a quarter of a second later): a line that is
        // too wide is cut meanwhile, or the way up would be too short.
        let text = lines.isEmpty ? "" : "\u{1B}[?7l" + lines.joined(separator: "\r\n") + "\r" + up + "\u{1B}[?7h"
        self.locked {
            self.isStale = self.isStale || isResized && !self.shown.isEmpty
            self.progress = text
            if self.hasWork { self.wake() }
        }
    }

    var hasProgress: Bool { self.locked { !self.progress.isEmpty || !self.shown.isEmpty } }

    /// Keeps lines back until `release`, as far as there is room for them.
    func hold() { self.locked { self.held = [] } }

    /// - Parameter isDropped: nobody is to see what was kept back.
    func release(isDropped: Bool) {
        self.locked {
            let held = self.held ?? []
            self.held = nil
            if isDropped { return }
            for bytes in held { self.put(bytes) }
        }
    }

    /// With the lock held.
    private func put(_ bytes: [UInt8]) {
        // What comes after a gap waits until the gap is told, or the lines would stand in a wrong order.
        guard self.dropped == 0, self.size + bytes.count <= self.limit else {
            self.dropped += 1
            return
        }
        self.waiting.append(bytes)
        self.size += bytes.count
        self.wake()
    }

    func setNotice(_ notice: @escaping @Sendable (Int) -> String) { self.locked { self.notice = notice } }

    /// Waits until all is written, but not longer than `limit`.
    func flush(within limit: Duration) -> Fate {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = limit.components
        let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
        end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        // Where the system gives no thread, what is said must still be said: that it gives none.
        if let bytes = self.locked({ self.hasThread || !self.hasWork ? nil : self.take() }) { self.write(bytes) }
        return self.locked {
            while self.hasWork || self.isWriting {
                if pthread_cond_timedwait(self.changed, self.lock, &end) == ETIMEDOUT { return .unread }
            }
            return self.failure.map { .failed($0) } ?? .written
        }
    }

    private var hasWork: Bool {
        !self.waiting.isEmpty || self.dropped > 0 || self.progress != self.shown || self.isStale
    }

    /// With the lock held.
    private func wake() {
        pthread_cond_broadcast(self.changed)
        guard !self.hasThread else { return }
        var thread = pthread_t()
        let queue = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<LineQueue>.fromOpaque(argument).takeRetainedValue().write()
            },
            queue.toOpaque()
        )
        guard code == 0 else {
            // The next line tries again.
            queue.release()
            return
        }
        pthread_detach(thread)
        self.hasThread = true
    }

    private func write() -> Never {
        while true {
            let bytes = self.locked {
                while !self.hasWork { pthread_cond_wait(self.changed, self.lock) }
                return self.take()
            }
            self.write(bytes)
        }
    }

    private func write(_ bytes: [UInt8]) {
        var failure: Errno?
        do throws(Errno) {
            try Descriptor.write(bytes, to: self.descriptor)
        } catch {
            failure = error
        }
        self.locked {
            self.isWriting = false
            self.failure = self.failure ?? failure
            pthread_cond_broadcast(self.changed)
        }
    }

    /// With the lock held: all that is to be written next.
    private func take() -> [UInt8] {
        let clear = self.shown.isEmpty ? "" : Self.clear
        var bytes = Array(clear.utf8) + self.waiting.joined()
        if self.dropped > 0 { bytes += Array(self.notice(self.dropped).utf8) }
        bytes += Array(self.progress.utf8)
        self.waiting = []
        (self.size, self.dropped) = (0, 0)
        (self.shown, self.isStale) = (self.progress, false)
        self.isWriting = true
        return bytes
    }

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(self.lock)
        defer { pthread_mutex_unlock(self.lock) }
        return body()
    }
}
