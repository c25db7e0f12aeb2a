import Glibc
import SystemPackage

/// Room on the archive's file system.
enum FreeSpace {
    /// Bytes this user may still write; nil where the file system does not say, as in some containers and some file systems
    /// in user space.
    static func bytes(at path: String) -> Int64? { self.bytes(at: path, \.f_bavail) }

    /// Bytes of the whole file system; nil where it does not say.
    static func capacity(at path: String) -> Int64? { self.bytes(at: path, \.f_blocks) }

    /// statvfs(3)
    private static func bytes(at path: String, _ blocks: KeyPath<statvfs, fsblkcnt_t>) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        let count = UInt64(status[keyPath: blocks])
        let (bytes, isTooMany) = count.multipliedReportingOverflow(by: UInt64(status.f_frsize))
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
