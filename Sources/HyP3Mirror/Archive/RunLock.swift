import Glibc
import Synchronization
package import SystemPackage

/// The right to change one archive: held by one run at a time, or by several that share it, by `flock(2)` on an open file.
///
/// The kernel lets go of it when the process ends, however it ends, so there is nothing stale to clear away; the file
/// itself stays for ever, because a lock on a file that was unlinked holds off nobody. Child processes do not inherit it.
package final class RunLock: Sendable {
    /// Why the lock was not had.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// Another run holds it: worth a later run as it is.
        case busy(path: String, holder: RunLockHolder?)
        /// The lock file cannot be made, opened or locked.
        case storage(FilesystemError)

        var isBusy: Bool { if case .busy = self { true } else { false } }

        package var description: String {
            switch self {
            case .busy(let path, nil): "another run holds \(path)"
            case .busy(let path, let holder?): "another run holds \(path): \(holder)"
            case .storage(let error): error.description
            }
        }
    }

    /// With whom a run has the lock.
    package enum Sharing: Sendable {
        case alone
        /// With others that share it, too.
        case shared
    }

    /// Path of the lock file.
    package let path: FilePath
    /// What the log should say once, where the file system may not hold off runs on other machines; nil elsewhere.
    package let note: String?
    private let descriptor: Mutex<CInt?>
    private let sharing: Sharing

    /// Takes the lock on a thread of its own, or fails at once.
    ///
    /// - Parameters:
    ///   - path: the lock file; it and its directory are made where missing.
    ///   - holder: written into the file, for the message of a run that comes second.
    /// - Throws: `RunLock.Failure`, or `FilesystemError` when no thread can be started.
    package static func acquire(
        _ path: FilePath,
        _ sharing: Sharing = .alone,
        holder: RunLockHolder
    ) async throws -> RunLock {
        try await onOwnThread(to: "lock the archive") { try RunLock(path, sharing, holder: holder) }
    }

    /// As `acquire(_:_:holder:)`. Blocks as long as the file system takes to answer; never for another run to end.
    package init(_ path: FilePath, _ sharing: Sharing = .alone, holder: RunLockHolder) throws(Failure) {
        let descriptor = try Self.lockedFile(path, sharing)
        self.path = path
        self.sharing = sharing
        self.descriptor = Mutex(descriptor)
        self.note = FilesystemKind(descriptor: descriptor).flatMap { Self.note(kind: $0, path: path) }
        // Only a courtesy to whoever is held off: a full disk must not keep a run from ending with its true reason.
        _ = Self.write(holder.line, to: descriptor)
    }

    deinit {
        self.release()
    }

    /// Lets go of the lock. Also happens when the last reference goes, and when the process ends.
    package func release() {
        guard let descriptor = self.descriptor.withLock({ $0.take() }) else { return }
        // Others that share the lock may still hold it, and the file then names one of them.
        if self.sharing == .alone { _ = Self.write("", to: descriptor) }
        // By name, not by closing alone: a child between fork and exec still has the file open for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    static func note(kind: FilesystemKind, path: FilePath) -> String? {
        guard kind.isShared else { return nil }
        return """
            \(path) lies on \(kind.name), where flock may not hold off a run on another machine; \
            run from one machine only, or put the locks (--lock-dir) where all of them lock reliably
            """
    }

    private static func lockedFile(_ path: FilePath, _ sharing: Sharing) throws(Failure) -> CInt {
        try Self.makeDirectories(path.removingLastComponent())
        while true {
            let descriptor: CInt
            do throws(FilesystemError) {
                descriptor = try SystemCalls.openOwn(path.string, O_RDWR | O_CREAT, for: "open the lock file")
            } catch {
                throw .storage(error)
            }
            do throws(Failure) {
                try Self.lock(descriptor, sharing, path)
            } catch {
                close(descriptor)
                throw error
            }
            // Somebody may have unlinked the file between the opening and the locking: then the next run would lock
            // another one.
            var (mine, current) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(path.string, &current) == 0, mine.st_ino == current.st_ino,
                mine.st_dev == current.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func lock(_ descriptor: CInt, _ sharing: Sharing, _ path: FilePath) throws(Failure) {
        let isHad: Bool
        do throws(Errno) {
            isHad = try SystemCalls.lock(descriptor, sharing == .alone ? LOCK_EX : LOCK_SH)
        } catch {
            let cure = "The lock must lie on a file system that has flock."
            throw .storage(FilesystemError("lock", path.string, error, cure: cure))
        }
        if !isHad { throw .busy(path: path.string, holder: Self.holder(in: descriptor)) }
    }

    private static func holder(in descriptor: CInt) -> RunLockHolder? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? RunLockHolder(line: String(decoding: buffer[..<count], as: UTF8.self)) : nil
    }

    private static func write(_ line: String, to descriptor: CInt) -> Bool {
        let bytes = Array(line.utf8)
        return ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
    }

    private static func makeDirectories(_ path: FilePath) throws(Failure) {
        if path.isEmpty || mkdir(path.string, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.lastComponent != nil else {
            throw .storage(FilesystemError("create the directory", path.string, Errno(rawValue: errno)))
        }
        try Self.makeDirectories(path.removingLastComponent())
        if mkdir(path.string, 0o777) != 0, errno != EEXIST {
            throw .storage(FilesystemError("create the directory", path.string, Errno(rawValue: errno)))
        }
    }
}
