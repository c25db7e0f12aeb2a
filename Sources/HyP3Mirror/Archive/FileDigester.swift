import Checksums
import SystemPackage

/// Reads files from end to end for their SHA-256, one after the other through one buffer. One thread at a time; blocks.
final class FileDigester {
    private let buffer: UnsafeMutableRawBufferPointer
    private let digest: StreamDigest
    private let pace: ReadingPace
    private let stop: StopFlag
    /// Told of bytes as they are read.
    private let onBytes: @Sendable (Int) -> Void

    /// - Parameter room: bytes that are read at once, a multiple of `DiskFile.block`: the more, the less a disk seeks where
    ///   several read from it.
    /// - Throws: `ChecksumError` where this machine forbids SHA-256.
    init(
        room: Int,
        _ pace: ReadingPace,
        stop: StopFlag,
        onBytes: @escaping @Sendable (Int) -> Void
    ) throws {
        self.digest = try StreamDigest(.sha256)
        self.buffer = .allocate(byteCount: room, alignment: DiskFile.block)
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
        var file: DiskFile
        do throws(FilesystemError) {
            file = try DiskFile(path)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return nil }
            throw error
        }
        let before = try file.look()
        if let size, before.size != size { return FileState(size: before.size, modified: before.modified) }
        let (read, sha256) = try self.read(&file, length: before.size)
        // Somebody may have written to it meanwhile.
        return FileState(size: read, modified: try file.look().modified, sha256: sha256)
    }

    private func read(_ file: inout DiskFile, length: Int64) throws -> (bytes: Int64, sha256: String) {
        var offset: Int64 = 0
        do {
            while true {
                let wanted = min(Int64(self.buffer.count), max(1, length - offset))
                try self.pace.wait(for: Int(wanted), stop: self.stop)
                let count = try file.read(into: self.buffer, at: offset)
                try self.digest.update(UnsafeRawBufferPointer(rebasing: self.buffer[..<count]))
                offset += Int64(count)
                self.onBytes(count)
                if count < self.buffer.count { return (offset, try self.digest.finish().hex) }
            }
        } catch {
            // The next file begins anew.
            _ = try? self.digest.finish()
            throw error
        }
    }
}
