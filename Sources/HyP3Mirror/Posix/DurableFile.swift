import Glibc
import Synchronization

/// An open file that is written by one thread and may be made durable by another. Closed with the last reference.
final class DurableFile: Sendable {
    let descriptor: Int32
    let path: String
    /// What went wrong when it was to be made durable. Linux tells an open file of a failed write-back once; whoever asks
    /// after that must hear of it, too (fsync(2), "Errors").
    private let failure = Mutex<(any Error)?>(nil)

    /// As `SystemCalls.openOwn`, for reading and writing.
    init(_ path: String, _ flags: Int32, for operation: String) throws {
        self.descriptor = try SystemCalls.openOwn(path, flags, for: operation)
        self.path = path
    }

    deinit { close(self.descriptor) }

    /// Whether bytes that were written may be gone: what write-back could not bring to the disk may be dropped (a share that
    /// is full says so only then).
    var hasLostWrites: Bool { self.failure.withLock { $0 != nil } }

    /// fdatasync(2). Any thread; blocks.
    /// - Throws: `FilesystemError`, also that of an earlier call.
    func synchronizeData() throws {
        try self.synchronize { try SystemCalls.synchronizeData(self.descriptor, path: self.path) }
    }

    /// fsync(2). Any thread; blocks.
    /// - Throws: `FilesystemError`, also that of an earlier call.
    func synchronize() throws {
        try self.synchronize { try SystemCalls.synchronize(self.descriptor, path: self.path) }
    }

    private func synchronize(_ call: () throws -> Void) throws {
        try self.failure.withLock { failure in
            if let failure { throw failure }
            do {
                try call()
            } catch {
                failure = error
                throw error
            }
        }
    }
}
