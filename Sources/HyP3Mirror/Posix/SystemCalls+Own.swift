import Glibc
import SystemPackage

extension SystemCalls {
    /// open(2) of a file of our own bookkeeping: staged bytes, records, lists, locks. New files get mode 0666 as the umask
    /// allows.
    ///
    /// Who may write to the archive may have put anything there, and following it would read or change a file elsewhere, or
    /// wait for ever. So the last component must be a plain file with one name: no symbolic link, no second hard link, no
    /// pipe, no device.
    /// - Throws: `FilesystemError`, with a reason where it is something else.
    package static func openOwn(_ path: String, _ flags: Int32, for operation: String) throws(FilesystemError) -> Int32
    {
        // Emptied only when it is known to be ours.
        let plain = flags & ~O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        // A file that another run replaces between the opening and the look has no name any more: the next try finds the
        // new one.
        for _ in 0..<8 {
            let descriptor: Int32
            do throws(FilesystemError) {
                descriptor = try self.open(path, plain, for: operation)
            } catch {
                throw self.explained(error)
            }
            do throws(FilesystemError) {
                let status = try self.status(of: descriptor, path: path)
                if status.st_nlink == 0 {
                    close(descriptor)
                    continue
                }
                if let reason = Self.refusal(of: status) {
                    throw FilesystemError(operation, path, .notPermitted, reason: reason.what, cure: reason.cure)
                }
                if flags & O_TRUNC != 0 { try self.truncate(descriptor, to: 0, path: path) }
                return descriptor
            } catch {
                close(descriptor)
                throw error
            }
        }
        throw FilesystemError(operation, path, .noSuchFileOrDirectory)
    }

    /// As `requireOwnDirectory(_:)`; there need be nothing yet.
    package static func requireOwnDirectory(orNothing path: String) throws(FilesystemError) {
        do throws(FilesystemError) {
            try self.requireOwnDirectory(path)
        } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
        }
    }

    /// - Throws: `FilesystemError` unless `path` is a directory, and no symbolic link to one.
    package static func requireOwnDirectory(_ path: String) throws(FilesystemError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw FilesystemError("use the directory", path, Errno(rawValue: Glibc.errno))
        }
        if status.st_mode & S_IFMT == S_IFDIR { return }
        let what = FileKind(mode: status.st_mode).rawValue
        throw FilesystemError(
            "use the directory",
            path,
            .notDirectory,
            reason: "it is a \(what)",
            cure: "Only a directory is used there; move the \(what) away."
        )
    }

    /// What openat(2) says of a link, a pipe nobody reads or a socket, in words.
    private static func explained(_ error: FilesystemError) -> FilesystemError {
        guard [.tooManySymbolicLinkLevels, .noSuchAddressOrDevice, .isDirectory].contains(error.errno) else {
            return error
        }
        var status = stat()
        guard lstat(error.path, &status) == 0, let reason = self.refusal(of: status) else { return error }
        return FilesystemError(error.operation, error.path, error.errno, reason: reason.what, cure: reason.cure)
    }

    private static func refusal(of status: stat) -> (what: String, cure: String)? {
        let kind = FileKind(mode: status.st_mode)
        if kind != .regular {
            return (
                "it is a \(kind.rawValue)", "Only a plain file is used there; move the \(kind.rawValue) away."
            )
        }
        guard status.st_nlink > 1 else { return nil }
        return (
            "it has \(status.st_nlink) hard links",
            "What is written there would change under its other names, too; put a copy of its own in its place."
        )
    }

    private static func status(of descriptor: Int32, path: String) throws(FilesystemError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FilesystemError("examine", path, Errno(rawValue: Glibc.errno))
        }
        return status
    }
}
