import Glibc
import SystemPackage

/// A file of lines that only grows: manifest, checksum list. A line torn by a crash is cut off when it is opened.
///
/// Used by one thread at a time.
final class LineFile: @unchecked Sendable {
    let path: String
    private let descriptor: Int32
    private var length: Int64

    /// Opens or makes the file.
    /// - Throws: `FilesystemError`.
    init(_ path: String) throws {
        self.path = path
        self.descriptor = try SystemCalls.open(path, O_RDWR | O_CREAT, for: "open")
        self.length = try SystemCalls.length(of: self.descriptor, path: path)
        if try self.tail(1) == [10] { return }
        let tail = try self.tail(4 << 20)
        let torn = tail.count - (tail.lastIndex(of: 10).map { $0 + 1 } ?? 0)
        if torn > 0 {
            self.length -= Int64(torn)
            try SystemCalls.truncate(self.descriptor, to: self.length, path: path)
        }
    }

    deinit { close(self.descriptor) }

    /// The last bytes, at most `limit`.
    func tail(_ limit: Int) throws -> [UInt8] {
        let count = Int(min(self.length, Int64(limit)))
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try SystemCalls.read(
                self.descriptor,
                into: UnsafeMutableRawBufferPointer(buffer),
                at: self.length - Int64(count),
                path: self.path
            )
        }
    }

    /// Adds whole lines (each with its line end) and makes them durable.
    func append(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        do {
            try bytes.withUnsafeBytes {
                try SystemCalls.write($0, to: self.descriptor, at: self.length, path: self.path)
            }
        } catch {
            // Half a line must not be what the next one is glued to; if even this fails, opening mends it.
            try? SystemCalls.truncate(self.descriptor, to: self.length, path: self.path)
            throw error
        }
        self.length += Int64(bytes.count)
        try SystemCalls.synchronizeData(self.descriptor, path: self.path)
    }

    /// Empties the file.
    func clear() throws {
        try SystemCalls.truncate(self.descriptor, to: 0, path: self.path)
        self.length = 0
    }
}
