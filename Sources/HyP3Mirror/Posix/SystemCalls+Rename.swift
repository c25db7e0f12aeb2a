import CLinux
import Glibc
import SystemPackage

extension SystemCalls {
    /// Gives a staged file its product's name, never over an existing one.
    ///
    /// renameat2(2) with RENAME_NOREPLACE where the file system has it; else link(2), which refuses an existing name, too;
    /// else, where there are no hard links either (SMB, exFAT), a check and rename(2) under the run lock. A rename that
    /// fails once with EBUSY, EACCES or EIO is tried a second time: SMB servers let go of a file late.
    ///
    /// Where a directory of the archive lies on another file system – a year moved away, with a link left behind – the bytes
    /// are copied there first, under a name that is no product's, and are durable before they get theirs.
    /// - Throws: `FilesystemError` with `.fileExists` when the name is taken.
    package static func renameWithoutReplacing(_ source: String, to target: String) throws {
        var code = linux_rename_noreplace(source, target)
        if code == EBUSY || code == EACCES || code == EIO { code = linux_rename_noreplace(source, target) }
        switch code {
        case 0: return
        case EINVAL, ENOSYS, ENOTSUP: try self.linkOrRename(source, to: target)
        case EXDEV: try self.copy(source, andRenameTo: target)
        default: throw FilesystemError("rename into place", target, Errno(rawValue: code))
        }
    }

    private static func linkOrRename(_ source: String, to target: String, mayCopy: Bool = true) throws {
        if link(source, target) == 0 { return try self.remove(source) }
        let code = Glibc.errno
        if code == EXDEV, mayCopy { return try self.copy(source, andRenameTo: target) }
        guard code == EPERM || code == ENOTSUP || code == ENOSYS || code == EMLINK else {
            throw FilesystemError("rename into place", target, Errno(rawValue: code))
        }
        var status = stat()
        guard lstat(target, &status) != 0 else { throw FilesystemError("rename into place", target, .fileExists) }
        guard rename(source, target) == 0 else {
            throw FilesystemError("rename into place", target, Errno(rawValue: Glibc.errno))
        }
    }

    private static func copy(_ source: String, andRenameTo target: String) throws {
        let name = source.split(separator: "/").last ?? "copy"
        let copy = "\(self.parent(of: target))/.hyp3-mirror-\(name)"
        do {
            try self.copyDurably(source, to: copy)
            // Once more on one file system; what cannot be renamed there either is given up.
            let code = linux_rename_noreplace(copy, target)
            switch code {
            case 0: break
            case EINVAL, ENOSYS, ENOTSUP: try self.linkOrRename(copy, to: target, mayCopy: false)
            default: throw FilesystemError("rename into place", target, Errno(rawValue: code))
            }
        } catch {
            unlink(copy)
            throw error
        }
        try self.remove(source)
    }

    private static func copyDurably(_ source: String, to copy: String) throws {
        let from = try self.openOwn(source, O_RDONLY, for: "read")
        defer { close(from) }
        let to = try self.openOwn(copy, O_WRONLY | O_CREAT | O_TRUNC, for: "create")
        defer { close(to) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = try self.read(from, into: buffer, at: offset, path: source)
            if count == 0 { break }
            try self.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: to, at: offset, path: copy)
            offset += Int64(count)
        }
        try self.synchronize(to, path: copy)
    }
}
