import Glibc
import SystemPackage

/// Writes a new file through a buffer, to be put in the place of another one. Used by one thread at a time; blocks.
final class LineWriter {
    private static let block = 256 << 10

    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var written: Int64 = 0

    /// Makes the file, or empties it.
    init(_ path: String) throws {
        self.path = path
        self.descriptor = try SystemCalls.openOwn(path, O_WRONLY | O_CREAT | O_TRUNC, for: "create")
        self.buffer.reserveCapacity(2 * Self.block)
    }

    deinit { close(self.descriptor) }

    func write(_ bytes: some Collection<UInt8>) throws {
        self.buffer.append(contentsOf: bytes)
        if self.buffer.count >= Self.block { try self.flush() }
    }

    private func flush() throws {
        try self.buffer.withUnsafeBytes {
            try SystemCalls.write($0, to: self.descriptor, at: self.written, path: self.path)
        }
        self.written += Int64(self.buffer.count)
        self.buffer.removeAll(keepingCapacity: true)
    }

    /// Makes what was written durable.
    func finish() throws {
        try self.flush()
        try SystemCalls.synchronize(self.descriptor, path: self.path)
    }

    /// Makes what was written durable, and puts it in place of the file at `target`, on the same file system.
    func replace(_ target: String) throws {
        try self.finish()
        try SystemCalls.replace(target, with: self.path)
    }
}
