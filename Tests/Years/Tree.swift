import Glibc

/// The files of the project as they lie on disk.
struct Tree: Sendable, Hashable {
    /// What tells whether a file may have changed.
    struct Facts: Sendable, Hashable {
        var inode: UInt64
        var size: Int64
        var changed: Int64
    }

    /// By path below the project's directory; without the mirror's own.
    private(set) var files: [String: Facts] = [:]

    /// Blocks.
    init(_ root: String) { self.read(root, below: "") }

    private mutating func read(_ directory: String, below path: String) {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(cString: $0.baseAddress!.assumingMemoryBound(to: CChar.self))
            }
            if name == "." || name == ".." { continue }
            if path.isEmpty, name == ".hyp3-mirror" || name == "SHA256SUMS" { continue }
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                self.read("\(directory)/\(name)", below: inner)
            } else if let facts = Facts("\(directory)/\(name)") {
                self.files[inner] = facts
            }
        }
    }
}

extension Tree.Facts {
    init?(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        self.init(
            inode: UInt64(facts.st_ino),
            size: Int64(facts.st_size),
            changed: Int64(facts.st_ctim.tv_sec) * 1_000_000_000 + Int64(facts.st_ctim.tv_nsec)
        )
    }
}
