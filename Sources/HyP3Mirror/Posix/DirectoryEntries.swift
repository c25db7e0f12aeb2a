import Glibc
import SystemPackage

/// The entries of one open directory, by `readdir(3)`: without a `stat` for each, as far as the file system tells types.
struct DirectoryEntries: ~Copyable {
    private let stream: OpaquePointer
    /// Of the directory; valid as long as this value is.
    let descriptor: CInt
    private let asksForEachKind: Bool

    /// - Parameters:
    ///   - path: relative to `parent`.
    ///   - parent: descriptor of an open directory.
    ///   - followsLink: the path may end in a symbolic link; otherwise that is refused.
    ///   - asksForEachKind: as on a file system that does not fill `d_type`.
    /// - Throws: `Errno` of `openat(2)` or `fdopendir(3)`.
    init(opening path: [CChar], in parent: CInt, followsLink: Bool, asksForEachKind: Bool) throws(Errno) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
        let descriptor = openat(parent, path, flags)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        guard let stream = fdopendir(descriptor) else {
            let cause = Errno(rawValue: errno)
            close(descriptor)
            throw cause
        }
        self.stream = stream
        self.descriptor = descriptor
        self.asksForEachKind = asksForEachKind
    }

    deinit {
        closedir(self.stream)
    }

    /// The next entry but `.` and `..`; nil at the end.
    ///
    /// - Throws: `Errno` of `readdir(3)`; what was read before stays right.
    func next() throws(Errno) -> DirectoryEntry? {
        while true {
            errno = 0
            guard let entry = readdir(self.stream) else {
                let cause = Errno(rawValue: errno)
                if cause.rawValue == 0 { return nil }
                throw cause
            }
            // The record may be shorter than `struct dirent`, so the name is reached by address, never by copy.
            let name = UnsafeRawPointer(entry) + Self.nameOffset
            let length = strlen(name.assumingMemoryBound(to: CChar.self))
            let bytes = UnsafeRawBufferPointer(start: name, count: length)
            if length == 0 || Self.isSelfOrParent(bytes) { continue }
            let told = self.asksForEachKind ? nil : FileKind(directoryType: entry.pointee.d_type)
            guard let kind = told ?? self.askedKind(of: name) else { continue }
            return DirectoryEntry(name: bytes, kind: kind)
        }
    }

    /// Of one record, as text; bytes that are no UTF-8 are replaced.
    static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        String(cString: (UnsafeRawPointer(entry) + self.nameOffset).assumingMemoryBound(to: CChar.self))
    }

    private static let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19

    private static func isSelfOrParent(_ name: UnsafeRawBufferPointer) -> Bool {
        let dot = UInt8(ascii: ".")
        guard name.count <= 2, name[0] == dot else { return false }
        return name.count == 1 || name[1] == dot
    }

    /// For file systems without `d_type`. A name that is gone by now is no entry.
    private func askedKind(of name: UnsafeRawPointer) -> FileKind? {
        var facts = stat()
        let path = name.assumingMemoryBound(to: CChar.self)
        guard fstatat(self.descriptor, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileKind(mode: facts.st_mode)
    }
}
