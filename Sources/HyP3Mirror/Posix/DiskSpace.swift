import Glibc

/// Room on a file system, as it was a moment ago (statvfs(3)).
struct DiskSpace: Sendable, Hashable {
    /// Bytes this user may still write.
    var free: Int64
    /// Bytes of the whole file system.
    var size: Int64
    /// Whether files can still be made: a file system may have bytes left and no inode.
    var hasInodes = true

    init(free: Int64, size: Int64) {
        self.free = free
        self.size = size
    }

    /// What the file system of `path` says; nil where it does not say, as in some containers and some file systems in user
    /// space.
    init?(at path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        func bytes(_ blocks: fsblkcnt_t) -> Int64? {
            let (bytes, isTooMany) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return isTooMany ? nil : Int64(clamping: bytes)
        }
        guard let free = bytes(status.f_bavail), let size = bytes(status.f_blocks) else { return nil }
        self.init(free: free, size: size)
        self.hasInodes = status.f_files == 0 || status.f_favail > 0
    }
}
