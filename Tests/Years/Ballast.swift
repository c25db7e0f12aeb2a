import Glibc

/// What fills the disk of the archive, where it is a small one that is there to be filled.
struct Ballast {
    private let path: String

    /// A file system of more bytes is never filled.
    private static let largest: UInt64 = 512 << 20

    /// - Parameter directory: beside the archive, on its disk.
    init(in directory: String) { self.path = "\(directory)/ballast" }

    /// Whether the disk may be filled.
    var isAllowed: Bool {
        var facts = statvfs()
        guard statvfs(self.path.parent, &facts) == 0 else { return false }
        return UInt64(facts.f_blocks) * UInt64(facts.f_frsize) <= Self.largest
    }

    /// Fills the disk but for so many bytes.
    ///
    /// - Throws: `Finding` where it cannot be filled.
    func fill(leaving rest: Int) throws {
        var facts = statvfs()
        let descriptor = open(self.path, O_RDWR | O_CREAT, 0o600)
        guard descriptor >= 0, statvfs(self.path, &facts) == 0 else { throw Finding("the disk cannot be filled") }
        defer { close(descriptor) }
        let free = Int(facts.f_bavail) * Int(facts.f_frsize) - rest
        if free <= 0 { return }
        let size = lseek(descriptor, 0, SEEK_END)
        let code = posix_fallocate(descriptor, size, off_t(free))
        guard code == 0 || code == ENOSPC else { throw Finding("the disk cannot be filled: errno \(code)") }
    }

    func remove() { unlink(self.path) }
}

extension String {
    fileprivate var parent: String { String(self[..<(self.lastIndex(of: "/") ?? self.endIndex)]) }
}
