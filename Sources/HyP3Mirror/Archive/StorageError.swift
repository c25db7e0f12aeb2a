package import SystemPackage

/// A call to the file system that failed.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    /// What was being done, as a verb with its object: "write", "rename into place".
    package var operation: String
    package var path: String
    package var errno: Errno

    package init(_ operation: String, _ path: String, _ errno: Errno) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// Whether this concerns one name only, so that other products can still be archived. Everything else (full,
    /// read-only, I/O error, directory gone) would hit the next product, too, and ends the run.
    package var concernsOneName: Bool {
        switch self.errno {
        case .fileNameTooLong, .fileExists, .isDirectory, .notDirectory: true
        default: false
        }
    }

    package var description: String {
        let cure: String
        switch self.errno {
        case .noSpace: cure = "; free some space or point the archive to a larger disk"
        case .diskQuotaExceeded: cure = "; the quota of this user is used up"
        case .readOnlyFileSystem: cure = "; the file system is mounted read-only"
        case .permissionDenied, .notPermitted: cure = "; this user must be allowed to write there"
        case .ioError: cure = "; look at the system log for a failing disk or mount"
        default: cure = ""
        }
        return "cannot \(self.operation) \(self.path): \(self.errno)\(cure)"
    }
}
