import CLinux
import Glibc
import SystemPackage

/// A file that is read from its disk or its server, past what the system keeps of it in memory, where the file system can do
/// that (open(2), O_DIRECT): memory may still hold the right bytes of a file that the disk has wrong, no processor copies
/// them, and the memory of other programs' files stays. Elsewhere it is read as any other. One thread at a time; blocks.
struct DiskFile: ~Copyable {
    /// Where bytes begin and how many are wanted, in memory and in the file, are multiples of this for such reading. Disks ask
    /// for 512 or 4096.
    static let block = 4096
    /// Bytes that the system is asked to fetch ahead otherwise: a disk goes on while the processor digests.
    private static let ahead: Int64 = 8 << 20

    let path: String
    private let descriptor: Int32
    private(set) var isDirect: Bool

    /// Opens what lies at `path`; links are followed.
    ///
    /// - Throws: `FilesystemError`.
    init(_ path: String) throws(FilesystemError) {
        self.path = path
        // A pipe that nobody writes to must not hold anything up.
        let flags = O_RDONLY | O_NONBLOCK
        do throws(FilesystemError) {
            self.descriptor = try SystemCalls.open(path, flags | linux_direct(), for: "read")
            self.isDirect = true
        } catch {
            guard error.errno == .invalidArgument else { throw error }
            self.descriptor = try SystemCalls.open(path, flags, for: "read")
            self.isDirect = false
            posix_fadvise(self.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        }
    }

    deinit { close(self.descriptor) }

    /// Its bytes, and when it was modified (nanoseconds since 1970, UTC), by fstat(2), as they are now.
    ///
    /// - Throws: `FilesystemError`, also where it is no regular file.
    func look() throws(FilesystemError) -> (size: Int64, modified: Int64?) {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else {
            throw FilesystemError("examine", self.path, Errno(rawValue: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = FileKind(mode: status.st_mode).rawValue
            throw FilesystemError("read", self.path, .invalidArgument, reason: "it is a \(kind), not a file")
        }
        return (Int64(status.st_size), SystemCalls.modified(status))
    }

    /// Reads until `buffer` is full or the file ends.
    ///
    /// - Parameters:
    ///   - buffer: begins at a multiple of `block`, as long as one.
    ///   - offset: a multiple of `block`.
    /// - Returns: the bytes read.
    /// - Throws: `FilesystemError`.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FilesystemError) -> Int {
        if !self.isDirect, offset.isMultiple(of: Self.ahead) {
            posix_fadvise(self.descriptor, off_t(offset), off_t(2 * Self.ahead), POSIX_FADV_WILLNEED)
        }
        var done = 0
        while done < buffer.count {
            let left = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(self.descriptor, left.baseAddress, left.count, off_t(offset) + done)
            if count == 0 { break }
            if count > 0 {
                done += count
                // Its end, or a file system that stopped between two blocks: what follows begins at no multiple.
                if !done.isMultiple(of: Self.block) { try self.readAsAnyOther() }
            } else if errno == EINVAL, self.isDirect {
                try self.readAsAnyOther()
            } else if errno != EINTR {
                throw FilesystemError("read", self.path, Errno(rawValue: errno))
            }
        }
        return done
    }

    private mutating func readAsAnyOther() throws(FilesystemError) {
        guard self.isDirect else { return }
        let flags = fcntl(self.descriptor, F_GETFL)
        guard flags >= 0, fcntl(self.descriptor, F_SETFL, flags & ~linux_direct()) == 0 else {
            throw FilesystemError("read", self.path, Errno(rawValue: errno))
        }
        self.isDirect = false
    }
}
