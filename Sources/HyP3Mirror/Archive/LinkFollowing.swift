import Glibc
import Synchronization
import SystemPackage

/// Where the symbolic links of a tree lead, and which directories behind them were read. Any thread.
final class LinkFollowing: Sendable {
    /// What a link stands for.
    enum Target {
        /// What it is to be taken for.
        case kind(FileKind)
        /// A directory that is to be read under the link's name.
        case directory
        /// Something that must not be looked into, or cannot.
        case unseen(UnseenPlace.Cause)
    }

    private struct FileID: Hashable {
        var device: UInt64
        var inode: UInt64

        init(_ status: stat) {
            self.device = UInt64(status.st_dev)
            self.inode = UInt64(status.st_ino)
        }
    }

    private let root: String
    /// Where the root really lies; nil where the system does not tell.
    private let realRoot: String?
    private let user: uid_t
    private let read: Mutex<Set<FileID>>

    /// - Parameters:
    ///   - root: of the tree, open as `descriptor`.
    ///   - user: whose links to directories are followed, besides root's.
    init(root: String, descriptor: CInt, user: uid_t) {
        self.root = root
        self.user = user
        self.realRoot = realPath(root)
        var status = stat()
        self.read = Mutex(fstat(descriptor, &status) == 0 ? [FileID(status)] : [])
    }

    /// - Parameters:
    ///   - parent: descriptor of the directory that the link lies in.
    ///   - directory: its path below the root.
    func target(of name: UnsafeRawBufferPointer, in parent: CInt, directory: [UInt8]) -> Target {
        let terminated = name.map { CChar(bitPattern: $0) } + [0]
        var (link, target) = (stat(), stat())
        guard fstatat(parent, terminated, &link, AT_SYMLINK_NOFOLLOW) == 0 else { return .kind(.special) }
        guard fstatat(parent, terminated, &target, 0) == 0 else {
            return .unseen(.brokenLink(Errno(rawValue: errno)))
        }
        let path =
            ([self.root] + (directory.isEmpty ? [] : [String(decoding: directory, as: UTF8.self)])
            + [String(decoding: name, as: UTF8.self)]).joined(separator: "/")
        switch FileKind(mode: target.st_mode) {
        case .regular: return .kind(self.isInside(path) ? .linkedFile : .symlink)
        case .directory:
            guard link.st_uid == self.user || link.st_uid == 0 else { return .unseen(.foreignLink(owner: link.st_uid)) }
            // Read under its own name, or passed over there.
            return self.isInside(path) ? .kind(.symlink) : .directory
        default: return .kind(.symlink)
        }
    }

    /// Whether this is the first time that a directory is read behind a link.
    func isFirst(_ descriptor: CInt) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return true }
        let id = FileID(status)
        return self.read.withLock { $0.insert(id).inserted }
    }

    /// Whether what a path leads to lies in the project, and not among the tool's own state.
    private func isInside(_ path: String) -> Bool {
        guard let realRoot = self.realRoot, let real = realPath(path) else { return false }
        if real == realRoot { return true }
        let below = realRoot.hasSuffix("/") ? realRoot : realRoot + "/"
        return real.hasPrefix(below) && !real.dropFirst(below.count).hasPrefix(ProjectDirectory.stateName + "/")
    }
}

/// realpath(3).
private func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
