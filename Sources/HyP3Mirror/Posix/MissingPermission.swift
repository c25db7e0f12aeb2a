import Glibc

/// Finds out which permission a call was refused for.
struct MissingPermission {
    private let path: String

    /// - Parameter path: of the call that was answered with EACCES or EPERM.
    init(_ path: String) {
        self.path = path
    }

    /// Who lacks which right on what, and who can give it, as sentences. Blocks.
    var cure: String {
        let user = geteuid() == 0 ? "root" : "the user with the number \(geteuid())"
        guard let (path, right) = self.refused, let status = Self.status(of: path) else {
            return geteuid() == 0
                ? "Even root may not: the server may refuse root (root_squash), or the file be immutable (lsattr)."
                : "The permissions allow it to \(user): the server may refuse it, or the file be immutable (lsattr)."
        }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        return "\(path) belongs to the user with the number \(status.st_uid) and has mode \(mode); "
            + "give \(user), who runs this, the right to \(right) there (chmod, chown or setfacl)."
    }

    /// The first thing on the way that refuses this user, and what.
    private var refused: (path: String, right: String)? {
        var directory = self.path.hasPrefix("/") ? "/" : "."
        let parts = self.path.split(separator: "/")
        for part in parts.dropLast() {
            directory += directory.hasSuffix("/") ? String(part) : "/\(part)"
            if !Self.may(X_OK, directory) { return Self.status(of: directory).map { _ in (directory, "enter") } }
        }
        if Self.status(of: self.path) != nil {
            if !Self.may(R_OK, self.path) { return (self.path, "read") }
            if !Self.may(W_OK, self.path) { return (self.path, "write") }
        }
        let parent = SystemCalls.parent(of: self.path)
        return Self.may(W_OK, parent) ? nil : (parent, "write")
    }

    private static func may(_ right: Int32, _ path: String) -> Bool { SystemCalls.may(right, path) }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension SystemCalls {
    /// faccessat(2) with the rights this process has now.
    static func may(_ right: Int32, _ path: String) -> Bool { faccessat(AT_FDCWD, path, right, AT_EACCESS) == 0 }
}
