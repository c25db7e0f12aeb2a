package import SystemPackage

/// A call on the archive's file system that failed.
package struct FilesystemError: Error, Sendable, CustomStringConvertible {
    /// What was tried, as the object of "cannot": `read the directory`, `create`, `lock`.
    package var operation: String
    /// The path the call was about, as given by the caller.
    package var path: String
    /// The error number of the call.
    package var errno: Errno
    /// What would put it right, as a sentence; nil where the error number says enough.
    package var cure: String?

    package init(_ operation: String, _ path: String, _ errno: Errno, cure: String? = nil) {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.cure = cure
    }

    package var description: String {
        let clause = "cannot \(self.operation) \(self.path): \(self.errno)"
        guard let cure = self.cure else { return clause }
        return "\(clause). \(cure)"
    }

    /// Whether this concerns one name only, so that other products can still be archived. Everything else (full,
    /// read-only, broken, directory gone) would hit the next product, too, and ends the run.
    package var concernsOneName: Bool {
        switch self.errno {
        case .fileNameTooLong, .fileExists, .isDirectory, .notDirectory: true
        default: false
        }
    }
}
