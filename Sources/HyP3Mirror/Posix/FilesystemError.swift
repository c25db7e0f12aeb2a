import Glibc
package import SystemPackage

/// A call on the archive's file system that failed.
package struct FilesystemError: Error, Sendable, CustomStringConvertible {
    /// What was tried, as the object of "cannot": `read the directory`, `create`, `lock`.
    package var operation: String
    /// The path the call was about, as given by the caller.
    package var path: String
    /// The error number of the call.
    package var errno: Errno
    /// What is wrong, as a clause, where the error number says it badly.
    package var reason: String?
    /// What would put it right, as a sentence; nil where the error number says enough.
    package var cure: String?

    /// Without a `cure`, a permission that is missing, a disk that is full and a mount that is read-only get their own, from
    /// what is at `path`. Blocks then.
    package init(_ operation: String, _ path: String, _ errno: Errno, reason: String? = nil, cure: String? = nil) {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.reason = reason
        self.cure = cure
        guard cure == nil, reason == nil else { return }
        if errno == .permissionDenied || errno == .notPermitted { self.cure = MissingPermission(path).cure }
        if self.isShortage { self.cure = Self.cure(ofShortageAt: path) }
        if errno == .readOnlyFileSystem { self.cure = Self.cure(ofReadOnly: path) }
    }

    package var description: String {
        let clause = "cannot \(self.operation) \(self.path): \(self.reason ?? self.errno.description)"
        guard let cure = self.cure else { return clause }
        return "\(clause). \(cure)"
    }

    /// Whether the error number can be about one name, so that other products can still be archived. Everything else – full,
    /// over quota, read-only, broken, the share gone – would hit the next product, too.
    package var concernsOneName: Bool { Self.aboutOneName.contains(self.errno) }

    private static let aboutOneName: Set<Errno> = [
        .noSuchFileOrDirectory, .permissionDenied, .notPermitted, .fileExists, .improperLink, .notDirectory,
        .isDirectory, .invalidArgument, .fileTooLarge, .tooManyLinks, .fileNameTooLong, .tooManySymbolicLinkLevels,
        .directoryNotEmpty, .resourceBusy, .textFileBusy, .noSuchAddressOrDevice, .illegalByteSequence, .overflow,
        .notSupported, .noFunction, .staleNFSFileHandle,
    ]
}
