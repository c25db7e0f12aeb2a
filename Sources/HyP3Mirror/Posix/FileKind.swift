import Glibc

/// What a name in a directory stands for.
package enum FileKind: String, Sendable, Hashable {
    case regular = "file"
    case directory
    /// A link that leads out of the project, or to no regular file.
    case symlink = "symbolic link"
    case danglingLink = "dangling symbolic link"
    /// A symbolic link to a regular file inside the project, as git-annex makes them.
    case linkedFile = "symbolic link to a file"
    /// Device, socket, pipe.
    case special = "special file"

    /// Of `d_type`; nil for `DT_UNKNOWN`.
    init?(directoryType: UInt8) {
        switch Int(directoryType) {
        case Int(DT_UNKNOWN): return nil
        case Int(DT_REG): self = .regular
        case Int(DT_DIR): self = .directory
        case Int(DT_LNK): self = .symlink
        default: self = .special
        }
    }

    /// Of `st_mode`.
    init(mode: mode_t) {
        switch mode & mode_t(S_IFMT) {
        case mode_t(S_IFREG): self = .regular
        case mode_t(S_IFDIR): self = .directory
        case mode_t(S_IFLNK): self = .symlink
        default: self = .special
        }
    }
}
