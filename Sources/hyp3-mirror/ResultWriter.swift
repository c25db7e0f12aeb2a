import Glibc
import HyP3Mirror
import SystemPackage

/// The result of a short command: as much as its reader takes, at the reader's pace.
struct ResultWriter: ~Copyable {
    /// The reader has gone, as `head` does once it has had enough.
    struct Enough: Error {}

    private var buffer: [UInt8] = []

    /// - Throws: `FilesystemError`, or `Enough`.
    mutating func write(_ line: String) throws {
        self.buffer += Array(line.utf8)
        self.buffer.append(UInt8(ascii: "\n"))
        if self.buffer.count >= 1 << 16 { try self.flush() }
    }

    /// - Throws: `FilesystemError`, or `Enough`.
    mutating func flush() throws {
        let bytes = self.buffer
        self.buffer.removeAll(keepingCapacity: true)
        do throws(Errno) {
            try Descriptor.write(bytes, to: STDOUT_FILENO)
        } catch .brokenPipe {
            throw Enough()
        } catch {
            throw FilesystemError("write to", "standard output", error)
        }
    }
}
