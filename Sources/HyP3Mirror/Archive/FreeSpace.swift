import Glibc
import SystemPackage

/// Room on the archive's file system.
enum FreeSpace {
    /// Bytes this user may still write (statvfs(3)); nil where the file system does not say, as in some containers and some
    /// file systems in user space.
    static func bytes(at path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let (bytes, isTooMany) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        guard !isTooMany, status.f_blocks > 0 else { return nil }
        return Int64(clamping: bytes)
    }

    /// Bytes of the whole file system; nil where it does not say, as some network and user-space ones do not.
    static func capacity(at path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        let (bytes, isTooMany) = UInt64(status.f_blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return isTooMany ? nil : Int64(clamping: bytes)
    }

    /// - Throws: `FilesystemError` `.noSpace` when `needed` bytes more would leave less than `reserve`.
    static func require(_ needed: Int64, reserve: Int64, at path: String) throws {
        guard reserve > 0, let free = self.bytes(at: path) else { return }
        let (rest, isTooMuch) = free.subtractingReportingOverflow(needed)
        guard isTooMuch || rest < reserve else { return }
        throw FilesystemError(
            "write to",
            path,
            .noSpace,
            cure:
                "\(ByteText.decimal(needed)) are needed and \(ByteText.decimal(free)) are free, of which --min-free keeps "
                + "\(ByteText.decimal(reserve)); free some space or lower it."
        )
    }
}
