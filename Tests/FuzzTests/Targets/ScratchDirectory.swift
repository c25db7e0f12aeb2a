import Glibc

/// A directory for parsers of files, best on a file system in memory.
final class ScratchDirectory: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// Makes the file `name` be `bytes`. Its directory must be there.
    func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = try self.descriptor(of: bytes, in: name)
        close(descriptor)
    }

    /// As `write`; the file stays open, for reading and writing.
    func descriptor(of bytes: [UInt8], in name: String) throws -> Int32 {
        let descriptor = open("\(self.path)/\(name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, ftruncate(descriptor, off_t(bytes.count)) == 0,
            pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
        else { throw ScratchError(path: "\(self.path)/\(name)", code: errno) }
        return descriptor
    }
}

struct ScratchError: Error {
    let path: String
    let code: Int32
}
