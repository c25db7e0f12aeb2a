import Checksums
import Glibc
import SystemPackage

/// Reads files from end to end for their SHA-256, one after the other through one buffer. One thread at a time; blocks.
final class FileDigester {
    /// Large enough for disks and shares, small enough for the processor's cache to be of use.
    private static let room = 1 << 20
    /// Bytes that the system is asked to fetch ahead: a disk goes on while the processor digests.
    private static let ahead: Int64 = 8 << 20

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileDigester.room, alignment: 4096)
    private let digest: StreamDigest
    private let pace: ReadingPace
    private let stop: StopFlag
    /// Told of bytes as they are read.
    private let onBytes: @Sendable (Int) -> Void

    /// - Throws: `ChecksumError` where this machine forbids SHA-256.
    init(_ pace: ReadingPace, stop: StopFlag, onBytes: @escaping @Sendable (Int) -> Void) throws {
        self.digest = try StreamDigest(.sha256)
        self.pace = pace
        self.stop = stop
        self.onBytes = onBytes
    }

    deinit { self.buffer.deallocate() }

    /// What lies at `path`; links are followed.
    ///
    /// - Parameter size: with another size the bytes are not read, as they cannot be the right ones; nil reads them in any
    ///   case.
    /// - Returns: nil where nothing is.
    /// - Throws: `FilesystemError` where it cannot be read or is no regular file, `CancellationError`.
    func state(of path: String, size: Int64?) throws -> FileState? {
        let descriptor: Int32
        do throws(FilesystemError) {
            // A pipe that nobody writes to must not hold anything up.
            descriptor = try SystemCalls.open(path, O_RDONLY | O_NONBLOCK, for: "read")
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return nil }
            throw error
        }
        defer { close(descriptor) }
        var state = try self.look(descriptor, path)
        if let size, state.size != size { return state }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let (read, sha256) = try self.read(descriptor, path, length: state.size)
        // Somebody may have written to it meanwhile.
        state = try self.look(descriptor, path)
        state.size = read
        state.sha256 = sha256
        return state
    }

    private func read(_ descriptor: Int32, _ path: String, length: Int64) throws -> (bytes: Int64, sha256: String) {
        var offset: Int64 = 0
        do {
            while true {
                let wanted = min(Int64(Self.room), max(1, length - offset))
                try self.pace.wait(for: Int(wanted), stop: self.stop)
                if offset.isMultiple(of: Self.ahead) {
                    posix_fadvise(descriptor, off_t(offset), off_t(2 * Self.ahead), POSIX_FADV_WILLNEED)
                }
                let count = try SystemCalls.read(descriptor, into: self.buffer, at: offset, path: path)
                try self.digest.update(UnsafeRawBufferPointer(rebasing: self.buffer[..<count]))
                offset += Int64(count)
                self.onBytes(count)
                if count < Self.room { return (offset, try self.digest.finish().hex) }
            }
        } catch {
            // The next file begins anew.
            _ = try? self.digest.finish()
            throw error
        }
    }

    private func look(_ descriptor: Int32, _ path: String) throws -> FileState {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FilesystemError("examine", path, Errno(rawValue: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = FileKind(mode: status.st_mode).rawValue
            throw FilesystemError("read", path, .invalidArgument, reason: "it is a \(kind), not a file")
        }
        return FileState(size: Int64(status.st_size), modified: SystemCalls.modified(status))
    }
}
