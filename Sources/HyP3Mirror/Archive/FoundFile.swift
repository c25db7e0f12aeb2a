import Checksums
import FoundationEssentials
import Glibc
import SystemPackage

/// A file that lies in the archive without a record, to be read for its digests and its structure. Blocks.
struct FoundFile: Sendable {
    let project: ProjectDirectory
    /// Below the project's directory.
    let path: String
    let pace: ReadingPace
    let stop: StopFlag

    private static let room = 1 << 20

    /// As it lies there, without its bytes.
    ///
    /// - Returns: nil where it is gone.
    /// - Throws: `FilesystemError`, `CancellationError`.
    func state() throws -> FileState? {
        let whole = self.project.path(of: self.path)
        return try SystemCalls.size(of: whole).map { FileState(size: $0, modified: SystemCalls.modified(whole)) }
    }

    /// Digests of all its bytes.
    ///
    /// - Throws: `FilesystemError`, `ChecksumError`, `CancellationError`.
    func digests(_ kinds: Set<DigestSet.Kind>) throws -> DigestSet.Results {
        let whole = self.project.path(of: self.path)
        let descriptor = try SystemCalls.open(whole, O_RDONLY | O_NONBLOCK, for: "read")
        defer { close(descriptor) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let set = try DigestSet(kinds)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            try self.pace.wait(for: Self.room, stop: self.stop)
            let count = try SystemCalls.read(descriptor, into: buffer, at: offset, path: whole)
            try set.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
            if count < Self.room { return try set.finish() }
        }
    }

    /// Whether it is a whole file of its kind.
    ///
    /// - Throws: `FilesystemError`, `ChecksumError`, `CancellationError`.
    func structure(length: Int64) throws -> FileStructure.Verdict {
        let whole = self.project.path(of: self.path)
        let descriptor = try SystemCalls.open(whole, O_RDONLY | O_NONBLOCK, for: "read")
        defer { close(descriptor) }
        let stop = self.stop
        do {
            return try FileStructure.check(
                descriptor: descriptor,
                length: length,
                name: self.path,
                isCancelled: { stop.isRaised }
            )
        } catch {
            switch error.code {
            case .cancelled: throw CancellationError()
            case .read: throw FilesystemError("read", whole, error.errno == 0 ? .ioError : Errno(rawValue: error.errno))
            case .algorithm: throw error
            }
        }
    }
}
