import SystemPackage

/// How an archive directory shows that the disk it is meant to be on is there: an unmounted NAS leaves an empty directory,
/// and a run would fill the disk below it.
struct ArchiveMarker {
    /// A file in the archive directory.
    static let name = ".hyp3-mirror-archive"

    let directory: String

    private var path: String { "\(self.directory)/\(Self.name)" }

    /// Passes where the directory is a mount point of its own, or where the marker is.
    ///
    /// Whoever keeps archives in a directory below a mount point makes the marker by hand, once.
    ///
    /// - Throws: `FilesystemError`. Blocks.
    func require() throws {
        if try SystemCalls.kind(of: self.path) == .file { return }
        guard try SystemCalls.isMountPoint(self.directory) else {
            throw FilesystemError(
                "trust the archive directory",
                self.directory,
                .noSuchFileOrDirectory,
                reason: "it is no mount point, and has no \(Self.name)",
                cure: "Mount its disk; or, if it is the right one, run: touch \(self.path)"
            )
        }
    }

    /// Makes the marker where there is none; one that somebody else made may be nobody's to write to.
    ///
    /// - Throws: `FilesystemError`. Blocks.
    func leave() throws {
        if try SystemCalls.kind(of: self.path) == nil { _ = try LineFile(self.path) }
    }
}
