#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file under check: bounded reads at any offset, through one window of 64 KiB.
struct StructuredFile: ~Copyable {
    let length: UInt64
    private let descriptor: CInt
    private let isCancelled: () -> Bool
    private let window: UnsafeMutableRawBufferPointer
    private var windowStart: UInt64 = 0
    private var windowCount = 0
    private var workUntilQuestion = Self.workPerQuestion

    static let windowSize = 64 << 10
    private static let workPerQuestion = 512 << 10

    init(descriptor: CInt, length: UInt64, isCancelled: @escaping () -> Bool) {
        self.descriptor = descriptor
        self.length = length
        self.isCancelled = isCancelled
        self.window = .allocate(byteCount: Self.windowSize, alignment: 16)
    }

    deinit { self.window.deallocate() }

    /// Throws if `count` bytes at `offset` do not lie inside the file. `what` is named in the sentence.
    func require(_ count: UInt64, at offset: UInt64, _ what: @autoclosure () -> String) throws(StructureFault) {
        let end = offset.addingReportingOverflow(count)
        if end.overflow || end.partialValue > self.length {
            throw .damage(
                "the file ends at byte \(self.length), before the end of \(what()) (\(count) bytes from byte \(offset))"
            )
        }
    }

    /// Accounts for work that reads nothing new, and throws if the caller wants to stop.
    mutating func work(_ amount: Int) throws(StructureFault) {
        self.workUntilQuestion -= amount
        guard self.workUntilQuestion <= 0 else { return }
        self.workUntilQuestion = Self.workPerQuestion
        if self.isCancelled() {
            throw .failure(ChecksumError(code: .cancelled, message: "the check of the file's structure was stopped"))
        }
    }

    /// Reads `count` bytes, at most a window's size, at `offset`. The bytes are valid during `body` only.
    mutating func read<R>(
        at offset: UInt64,
        count: Int,
        _ body: (UnsafeRawBufferPointer) throws(StructureFault) -> R
    ) throws(StructureFault) -> R {
        try self.require(UInt64(count), at: offset, "the bytes to read")
        let isInside =
            offset >= self.windowStart && offset - self.windowStart + UInt64(count) <= UInt64(self.windowCount)
        if !isInside { try self.fill(from: offset) }
        try self.work(64 + count / 8)
        let start = Int(offset - self.windowStart)
        return try body(UnsafeRawBufferPointer(rebasing: self.window[start..<(start + count)]))
    }

    /// Reads `count` bytes, at most a window's size, at `offset`.
    mutating func bytes(at offset: UInt64, count: Int) throws(StructureFault) -> [UInt8] {
        try self.read(at: offset, count: count) { (bytes) throws(StructureFault) in [UInt8](bytes) }
    }

    /// How many of `count` bytes at `offset` can be had without a new read of the file; if none, all that fit a window.
    func countAtHand(at offset: UInt64, _ count: UInt64) -> Int {
        let end = self.windowStart + UInt64(self.windowCount)
        let isInside = offset >= self.windowStart && offset < end
        return Int(min(count, isInside ? end - offset : UInt64(Self.windowSize)))
    }

    /// Calls `body` with the bytes of a range of any length, a window at a time, until it returns false.
    mutating func forEachPiece(
        at offset: UInt64,
        count: UInt64,
        _ body: (UnsafeRawBufferPointer) throws(StructureFault) -> Bool
    ) throws(StructureFault) {
        try self.require(count, at: offset, "the bytes to read")
        var position = offset
        var remaining = count
        while remaining > 0 {
            let size = self.countAtHand(at: position, remaining)
            try self.work(size)
            guard try self.read(at: position, count: size, body) else { return }
            position += UInt64(size)
            remaining -= UInt64(size)
        }
    }

    private mutating func fill(from offset: UInt64) throws(StructureFault) {
        let wanted = Int(min(UInt64(Self.windowSize), self.length - offset))
        var count = 0
        self.windowCount = 0
        while count < wanted {
            let result = pread(
                self.descriptor,
                self.window.baseAddress.map { $0 + count },
                wanted - count,
                off_t(offset + UInt64(count))
            )
            if result < 0 {
                let code = errno
                if code == EINTR { continue }
                throw .failure(
                    ChecksumError(
                        code: .read,
                        message: "reading at byte \(offset + UInt64(count)): \(String(cString: strerror(code)))",
                        errno: code
                    )
                )
            }
            if result == 0 {
                throw .failure(
                    ChecksumError(
                        code: .read,
                        message: "the file ends at byte \(offset + UInt64(count)) and was said to have \(self.length)"
                    )
                )
            }
            count += result
        }
        self.windowStart = offset
        self.windowCount = wanted
    }
}
