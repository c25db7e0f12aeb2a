import Glibc

/// Directories of an archive that hold nothing of it: the tool's own state, and the places where storage systems, desktops
/// and tools keep deleted files, old states and indexes. A product that lies only there is not in the archive.
package struct PassedOver: Sendable, Hashable {
    /// The user's own patterns (`archive.ignore`).
    private let names: [String]
    private let paths: [String]

    /// - Parameter patterns: `*`, `?` and `[a-z]` as in a shell; with a slash in it a pattern is about the path below the
    ///   project's directory, otherwise about the name of a directory wherever it lies.
    package init(_ patterns: [String] = []) {
        let patterns = patterns.map { String($0.drop { $0 == "/" }) }
        self.names = patterns.filter { !$0.dropLast().contains("/") }.map {
            $0.hasSuffix("/") ? String($0.dropLast()) : $0
        }
        self.paths = patterns.filter { $0.dropLast().contains("/") }.map {
            $0.hasSuffix("/") ? String($0.dropLast()) : $0
        }
    }

    /// Whether what lies in this directory is passed over. Only the name counts for the places that are always passed over.
    ///
    /// - Parameters:
    ///   - name: the last component of the directory's path.
    ///   - directory: the path of the directory above it below the project's; empty for the project's own.
    func contains(_ name: UnsafeRawBufferPointer, in directory: [UInt8]) -> Bool {
        if Self.always.contains(where: { $0.count == name.count && $0.elementsEqual(name) }) { return true }
        if name.starts(with: Self.trash) { return true }
        if self.names.isEmpty, self.paths.isEmpty { return false }
        let name = String(decoding: name, as: UTF8.self)
        if self.names.contains(where: { fnmatch($0, name, 0) == 0 }) { return true }
        if self.paths.isEmpty { return false }
        let path = directory.isEmpty ? name : String(decoding: directory, as: UTF8.self) + "/" + name
        return self.paths.contains { fnmatch($0, path, FNM_PATHNAME) == 0 }
    }

    /// Whether a file at `path` below the project's directory is passed over for one of the directories it lies in.
    package func contains(fileAt path: String) -> Bool {
        var directory: [UInt8] = []
        for component in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast() {
            let name = Array(component)
            if name.withUnsafeBytes({ self.contains($0, in: directory) }) { return true }
            directory += (directory.isEmpty ? [] : [UInt8(ascii: "/")]) + name
        }
        return false
    }

    /// Our own state; NetApp, ZFS, Synology, QNAP and other snapshots, recycle bins, versions and indexes; the trash of
    /// desktops; the objects of git and git-annex; `fsck`'s finds.
    private static let always: [[UInt8]] = [
        ".hyp3-mirror", ".snapshot", ".snapshots", ".zfs", "~snapshot", ".ckpt", "#snapshot", "#recycle", "@Recycle",
        "@Recently-Snapshot", "@eaDir", "$RECYCLE.BIN", "RECYCLER", ".recycle", ".Trash", ".Trashes", ".stversions",
        ".git", "System Volume Information", "lost+found",
    ].map { Array($0.utf8) }

    /// `.Trash-1000`
    private static let trash = Array(".Trash-".utf8)
}
