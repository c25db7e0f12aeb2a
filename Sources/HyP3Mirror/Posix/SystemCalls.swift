import CLinux
import Glibc
import SystemPackage

/// The system calls that change an archive, each with its failure told as a `FilesystemError`. All of them block; none is
/// to be called on Swift's cooperative pool.
package enum SystemCalls {
    /// open(2), closed on exec, tried again when a signal cuts it short. New files get mode 0666 as the umask allows.
    package static func open(_ path: String, _ flags: Int32, for operation: String) throws(FilesystemError) -> Int32 {
        var descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
        while descriptor < 0, Glibc.errno == EINTR { descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw FilesystemError(operation, path, Errno(rawValue: Glibc.errno)) }
        return descriptor
    }

    /// pwrite(2) until all of `bytes` is written.
    package static func write(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32,
        at offset: Int64,
        path: String
    ) throws {
        let done = try self.repeating("write", path, upTo: bytes.count) { done in
            Glibc.pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + done)
        }
        guard done == bytes.count else { throw FilesystemError("write", path, .ioError) }
    }

    /// Whether another file system, or another part of one, begins at `path` (statx(2), STATX_ATTR_MOUNT_ROOT; Linux 5.8).
    /// An older kernel shows only another file system.
    /// - Throws: `FilesystemError`. Blocks.
    static func isMountPoint(_ path: String) throws -> Bool {
        let answer = linux_is_mount_point(path)
        guard answer >= 0 else { throw FilesystemError("examine", path, Errno(rawValue: -answer)) }
        return answer == 1
    }

    /// Has the file system keep room beyond a file's end for bytes to come.
    /// - Throws: `FilesystemError` where the disk or a quota has none. A file system that cannot keep any keeps none.
    static func reserve(_ descriptor: Int32, from offset: Int64, count: Int, path: String) throws {
        guard count > 0 else { return }
        var code = EINTR
        while code == EINTR { code = linux_keep_room(descriptor, offset, Int64(count)) }
        guard code != 0 else { return }
        let error = FilesystemError("make room in", path, Errno(rawValue: code))
        if error.isShortage { throw error }
    }

    /// pread(2) until `buffer` is full or the file ends.
    /// - Returns: the bytes read.
    package static func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int64,
        path: String
    ) throws -> Int {
        try self.repeating("read", path, upTo: buffer.count) { done in
            Glibc.pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset) + done)
        }
    }

    /// Calls `move` with the bytes moved so far, until there are `count` of them or none more come.
    private static func repeating(
        _ operation: String,
        _ path: String,
        upTo count: Int,
        _ move: (Int) -> Int
    ) throws -> Int {
        var done = 0
        while done < count {
            let moved = move(done)
            if moved == 0 { break }
            if moved > 0 {
                done += moved
            } else if Glibc.errno != EINTR {
                throw FilesystemError(operation, path, Errno(rawValue: Glibc.errno))
            }
        }
        return done
    }

    /// The whole of a file of our own; nil if there is none.
    package static func contents(of path: String, limit: Int = 64 << 20) throws -> [UInt8]? {
        let descriptor: Int32
        do throws(FilesystemError) {
            descriptor = try self.openOwn(path, O_RDONLY, for: "read")
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        defer { Glibc.close(descriptor) }
        let size = min(Int(try self.length(of: descriptor, path: path)), limit)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = try self.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: 0, path: path)
        }
    }

    /// Bytes in an open file (fstat(2)).
    package static func length(of descriptor: Int32, path: String) throws -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FilesystemError("examine", path, Errno(rawValue: Glibc.errno))
        }
        return Int64(status.st_size)
    }

    package static func truncate(_ descriptor: Int32, to length: Int64, path: String) throws(FilesystemError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw FilesystemError("truncate", path, Errno(rawValue: Glibc.errno))
        }
    }

    /// fsync(2): data and length are on the disk when it returns.
    package static func synchronize(_ descriptor: Int32, path: String) throws {
        while fsync(descriptor) != 0 {
            guard Glibc.errno == EINTR else {
                throw FilesystemError("make durable", path, Errno(rawValue: Glibc.errno))
            }
        }
    }

    /// fdatasync(2).
    package static func synchronizeData(_ descriptor: Int32, path: String) throws {
        while fdatasync(descriptor) != 0 {
            guard Glibc.errno == EINTR else {
                throw FilesystemError("make durable", path, Errno(rawValue: Glibc.errno))
            }
        }
    }

    /// fsync(2) of a directory, so that a rename in it outlives a power failure.
    /// - Returns: false where the file system has no such thing (SMB and some NFS servers say EINVAL or ENOTSUP).
    package static func synchronizeDirectory(_ path: String) throws -> Bool {
        let descriptor = try self.open(path, O_RDONLY | O_DIRECTORY, for: "open directory")
        defer { Glibc.close(descriptor) }
        while fsync(descriptor) != 0 {
            switch Glibc.errno {
            case EINTR: continue
            case EINVAL, ENOTSUP, EBADF, ENOSYS: return false
            default: throw FilesystemError("make durable directory", path, Errno(rawValue: Glibc.errno))
            }
        }
        return true
    }

    /// Makes a directory and the missing ones above it, with mode 0777 as the umask allows.
    /// - Returns: the directories that got a new entry, to be made durable.
    package static func makeDirectories(_ path: String) throws -> [String] {
        if mkdir(path, 0o777) == 0 { return [self.parent(of: path)] }
        switch Glibc.errno {
        case EEXIST:
            // A link that leads nowhere is there, too.
            guard try self.kind(of: path) == .directory else {
                throw FilesystemError("make directory", path, .notDirectory)
            }
            return []
        case ENOENT:
            let above = try self.makeDirectories(self.parent(of: path))
            return try above + self.makeDirectories(path)
        default:
            throw FilesystemError("make directory", path, Errno(rawValue: Glibc.errno))
        }
    }

    /// Makes the directory of a product, `path` below `root`, over no other symbolic links than a scan follows: those of the
    /// user who runs this, or of root.
    /// - Returns: as `makeDirectories(_:)`.
    static func makeDirectories(_ path: String, below root: String) throws -> [String] {
        var directory = root
        for component in path.split(separator: "/") {
            directory += "/\(component)"
            var link = stat()
            guard lstat(directory, &link) == 0 else { break }
            guard link.st_mode & S_IFMT == S_IFLNK, link.st_uid != geteuid(), link.st_uid != 0 else { continue }
            throw FilesystemError(
                "use the directory",
                directory,
                .notPermitted,
                reason: "it is a symbolic link that belongs to the user with the number \(link.st_uid)",
                cure: "Only links of root and of the user who runs this are followed."
            )
        }
        return try self.makeDirectories(path.isEmpty ? root : "\(root)/\(path)")
    }

    /// unlink(2); a file that is not there is fine.
    package static func remove(_ path: String) throws {
        guard unlink(path) == 0 || Glibc.errno == ENOENT else {
            throw FilesystemError("remove", path, Errno(rawValue: Glibc.errno))
        }
    }

    /// rename(2), replacing what is there. For files of our own bookkeeping only, never for products.
    package static func replace(_ path: String, with source: String) throws {
        guard rename(source, path) == 0 else {
            throw FilesystemError("rename into place", path, Errno(rawValue: Glibc.errno))
        }
    }

    /// The last component of a path.
    package static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// The path up to its last component.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
