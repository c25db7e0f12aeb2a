import Glibc

/// Directories still to be read, shared by the threads of one scan.
///
/// Last in, first out, so that it stays about as long as the tree is deep times the widest directory.
final class DirectoryQueue: @unchecked Sendable {
    /// Path below the root, `/`-separated bytes without a NUL; empty for the root itself.
    typealias RelativePath = [UInt8]

    // Everything below is read and written only with `lock` held. A condition variable is what makes a thread sleep
    // while the queue is empty and others may still add to it.
    private var waiting: [RelativePath] = []
    private var reading = 0
    private var closed = false
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(root: RelativePath) {
        pthread_mutex_init(self.lock, nil)
        pthread_cond_init(self.changed, nil)
        self.waiting = [root]
    }

    deinit {
        pthread_cond_destroy(self.changed)
        pthread_mutex_destroy(self.lock)
        self.changed.deallocate()
        self.lock.deallocate()
    }

    /// The next directory to read, which the caller must report with `finished(adding:)`. Waits while there is none and other
    /// threads may still find some; nil when the tree is done or the queue was closed.
    func take() -> RelativePath? {
        self.locked {
            while self.waiting.isEmpty, self.reading > 0, !self.closed {
                pthread_cond_wait(self.changed, self.lock)
            }
            if self.closed { return nil }
            guard let next = self.waiting.popLast() else { return nil }
            self.reading += 1
            return next
        }
    }

    /// One taken directory has been read.
    ///
    /// - Parameter subdirectories: found in it and to be read.
    func finished(adding subdirectories: [RelativePath]) {
        self.locked {
            self.reading -= 1
            self.waiting += subdirectories
            if subdirectories.count > 1 || self.reading == 0 && self.waiting.isEmpty {
                pthread_cond_broadcast(self.changed)
            }
        }
    }

    /// Ends the scan early: `take()` gives nothing from now on.
    func close() {
        self.locked {
            self.closed = true
            pthread_cond_broadcast(self.changed)
        }
    }

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(self.lock)
        defer { pthread_mutex_unlock(self.lock) }
        return body()
    }
}
