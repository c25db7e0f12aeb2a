import CLinux
import Glibc
import SystemPackage

/// Reads a file of lines in bounded memory, whatever its length.
///
/// Blocks. A file that is not there has no lines.
struct LineReader {
    /// One line, without its end. Valid only while the closure runs that it was given to.
    struct Line {
        let bytes: UnsafeRawBufferPointer
        /// Where it begins in the file.
        let offset: Int64
    }

    /// Bytes of a line at most; a longer one is not ours and is passed over.
    static let longest = 1 << 20
    private static let block = 256 << 10

    let path: String
    /// Looked at between blocks.
    var stop = StopFlag()

    /// Calls `body` with each line that is not empty, from the first to the last, the last also where it has no end.
    ///
    /// - Parameters:
    ///   - first: where to begin; a line begins there.
    ///   - limit: what begins there or behind it in the file is not read; nil means all is.
    /// - Throws: `FilesystemError`, `CancellationError`, what `body` throws.
    func read(from first: Int64 = 0, upTo limit: Int64? = nil, _ body: (Line) throws -> Void) throws {
        try self.reading { descriptor, length, buffer in
            let length = min(length, limit ?? length)
            // The bytes read and not handed out yet, and where the first of them lies in the file.
            var (start, end, offset) = (0, 0, first)
            var isPassingOver = false
            while offset + Int64(end - start) < length {
                if self.stop.isRaised { throw CancellationError() }
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
                (start, end) = (0, end - start)
                let wanted = Int(min(Int64(Self.block), length - offset - Int64(end)))
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[end..<end + wanted])
                let count = try SystemCalls.read(descriptor, into: room, at: offset + Int64(end), path: self.path)
                if count == 0 { break }
                var searched = end
                end += count
                while let newline = Self.firstNewline(in: buffer[searched..<end]) {
                    if !isPassingOver, Self.isLine(start..<newline) {
                        try body(Self.line(buffer[start..<newline], at: offset))
                    }
                    isPassingOver = false
                    offset += Int64(newline + 1 - start)
                    (start, searched) = (newline + 1, newline + 1)
                }
                if end - start > Self.longest {
                    isPassingOver = true
                    offset += Int64(end - start)
                    start = end
                }
            }
            if !isPassingOver, Self.isLine(start..<end) { try body(Self.line(buffer[start..<end], at: offset)) }
        }
    }

    /// As `read`, from the last line to the first, until `body` says false.
    ///
    /// - Parameter depth: only lines that lie whole in so many bytes at the file's end.
    func readBackwards(depth: Int64 = .max, _ body: (Line) throws -> Bool) throws {
        try self.reading { descriptor, length, buffer in
            let lowest = max(0, length - depth)
            // The bytes read and not handed out yet lie at the end of the buffer, and begin at `offset` in the file.
            var (start, end, offset) = (buffer.count, buffer.count, length)
            var isPassingOver = false
            while offset > lowest {
                if self.stop.isRaised { throw CancellationError() }
                let kept = end - start
                UnsafeMutableRawBufferPointer(rebasing: buffer[(buffer.count - kept)...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
                end = buffer.count
                let count = Int(min(Int64(Self.block), offset - lowest))
                start = end - kept - count
                offset -= Int64(count)
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + count])
                guard try SystemCalls.read(descriptor, into: room, at: offset, path: self.path) == count else {
                    // Somebody has cut it meanwhile.
                    return
                }
                while let newline = Self.lastNewline(in: buffer[start..<end]) {
                    if !isPassingOver, Self.isLine(newline + 1..<end) {
                        let line = Self.line(buffer[(newline + 1)..<end], at: offset + Int64(newline + 1 - start))
                        guard try body(line) else { return }
                    }
                    isPassingOver = false
                    end = newline
                }
                if end - start > Self.longest {
                    isPassingOver = true
                    end = start
                }
            }
            // What begins before the depth is none of the wanted lines.
            if lowest == 0, !isPassingOver, Self.isLine(start..<end) {
                _ = try body(Self.line(buffer[start..<end], at: 0))
            }
        }
    }

    /// Opens the file for `body`, with its length and a buffer that holds the longest line and a block.
    private func reading(
        _ body: (_ descriptor: Int32, _ length: Int64, _ buffer: UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        let descriptor: Int32
        do throws(FilesystemError) {
            descriptor = try SystemCalls.openOwn(self.path, O_RDONLY, for: "read")
        } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            throw error
        }
        defer { close(descriptor) }
        let length = try SystemCalls.length(of: descriptor, path: self.path)
        // Small files are many, and need no megabyte.
        let size = Int(min(length, Int64(Self.longest + Self.block))) + Self.block
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        try body(descriptor, length, buffer)
    }

    private static func isLine(_ range: Range<Int>) -> Bool { !range.isEmpty && range.count <= Self.longest }

    private static func line(_ bytes: Slice<UnsafeMutableRawBufferPointer>, at offset: Int64) -> Line {
        Line(bytes: UnsafeRawBufferPointer(rebasing: bytes), offset: offset)
    }

    private static func firstNewline(in bytes: Slice<UnsafeMutableRawBufferPointer>) -> Int? {
        let range = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = range.baseAddress, let found = memchr(base, 10, range.count) else { return nil }
        return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }

    private static func lastNewline(in bytes: Slice<UnsafeMutableRawBufferPointer>) -> Int? {
        let range = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = range.baseAddress, let found = linux_last_byte(base, 10, range.count) else { return nil }
        return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }
}
