import CLinux
import Glibc
import SystemPackage

extension SystemCalls {
    /// Gives a staged file its product's name, never over an existing one.
    ///
    /// renameat2(2) with RENAME_NOREPLACE where the file system has it; else link(2), which refuses an existing name, too;
    /// else, where there are no hard links either (SMB, exFAT), a check and rename(2) under the run lock. A rename that
    /// fails once with EBUSY, EACCES or EIO is tried a second time: SMB servers let go of a file late.
    /// - Throws: `FilesystemError` with `.fileExists` when the name is taken.
    package static func renameWithoutReplacing(_ source: String, to target: String) throws {
        var code = linux_rename_noreplace(source, target)
        if code == EBUSY || code == EACCES || code == EIO { code = linux_rename_noreplace(source, target) }
        switch code {
        case 0: return
        case EINVAL, ENOSYS, ENOTSUP: try self.linkOrRename(source, to: target)
        default: throw FilesystemError("rename into place", target, Errno(rawValue: code))
        }
    }

    private static func linkOrRename(_ source: String, to target: String) throws {
        if link(source, target) == 0 { return try self.remove(source) }
        let code = Glibc.errno
        guard code == EPERM || code == ENOTSUP || code == ENOSYS || code == EMLINK else {
            throw FilesystemError("rename into place", target, Errno(rawValue: code))
        }
        var status = stat()
        guard lstat(target, &status) != 0 else { throw FilesystemError("rename into place", target, .fileExists) }
        guard rename(source, target) == 0 else {
            throw FilesystemError("rename into place", target, Errno(rawValue: Glibc.errno))
        }
    }
}
