import Glibc
import SystemPackage

/// A file of lines that only grows: manifest, journal, checksum list.
///
/// A last line without an end is mended when the file is opened: one that a crash tore is cut off, one that is whole (an
/// editor has left its end out) gets its end. Used by one thread at a time.
final class LineFile: @unchecked Sendable {
    let path: String
    private let descriptor: Int32
    private(set) var length: Int64

    /// Opens or makes the file.
    ///
    /// - Parameter isWhole: whether a last line without an end is all that it was meant to be.
    /// - Throws: `FilesystemError`, and what `isWhole` throws.
    init(_ path: String, isWhole: (UnsafeRawBufferPointer) throws -> Bool = JSONLines.isWhole) throws {
        self.path = path
        self.descriptor = try SystemCalls.openOwn(path, O_RDWR | O_CREAT, for: "open")
        self.length = try SystemCalls.length(of: self.descriptor, path: path)
        guard self.length > 0, try self.tail(1) != [10] else { return }
        let start = try self.startOfLastLine()
        let line = try self.tail(Int(min(self.length - start, Int64(LineReader.longest) + 1)))
        if line.count <= LineReader.longest, try line.withUnsafeBytes(isWhole) {
            try self.append([10])
        } else {
            self.length = start
            try SystemCalls.truncate(self.descriptor, to: start, path: path)
        }
    }

    deinit { close(self.descriptor) }

    /// The last bytes, at most `limit`.
    private func tail(_ limit: Int) throws -> [UInt8] {
        let count = Int(min(self.length, Int64(limit)))
        return try self.bytes(count, at: self.length - Int64(count))
    }

    private func bytes(_ count: Int, at offset: Int64) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try SystemCalls.read(
                self.descriptor,
                into: UnsafeMutableRawBufferPointer(buffer),
                at: offset,
                path: self.path
            )
        }
    }

    private func startOfLastLine() throws -> Int64 {
        var end = self.length
        while end > 0 {
            let count = Int(min(end, 64 << 10))
            let block = try self.bytes(count, at: end - Int64(count))
            if let newline = block.lastIndex(of: 10) { return end - Int64(count) + Int64(newline) + 1 }
            end -= Int64(count)
        }
        return 0
    }

    /// Adds whole lines (each with its line end) and makes them durable; or leaves the file as it was.
    func append(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        do {
            try bytes.withUnsafeBytes {
                try SystemCalls.write($0, to: self.descriptor, at: self.length, path: self.path)
            }
            try SystemCalls.synchronizeData(self.descriptor, path: self.path)
        } catch {
            // Half a line must not be what the next one is glued to; if even this fails, opening mends it.
            try? SystemCalls.truncate(self.descriptor, to: self.length, path: self.path)
            throw error
        }
        self.length += Int64(bytes.count)
    }

    /// Makes sure that the disk has room for so many more bytes, as far as the file system can (fallocate(2)); the file's
    /// length stays as it is.
    ///
    /// - Throws: `FilesystemError` where there is none.
    func reserve(_ count: Int) throws {
        try SystemCalls.reserve(self.descriptor, from: self.length, count: count, path: self.path)
    }

    /// Drops all but the first `length` bytes.
    func cut(to length: Int64) throws {
        try SystemCalls.truncate(self.descriptor, to: length, path: self.path)
        self.length = length
    }
}
