import Checksums
import SystemPackage

/// The digests of one object, fed from its start on while its bytes come in any order; one piece of work is out at a time.
struct DigestFeed {
    enum Next {
        /// For the crew; then `returned()`.
        case digest([ChunkBuffer])
        /// The object is digested to here; nothing until more bytes come.
        case reached(Int64)
        /// What is out has to return first.
        case wait
    }

    /// Tells the feeds of a download apart: work on an earlier object may still be out.
    let number: Int
    let digests: DigestSet
    private var front: DigestFront
    private var isOut = false
    /// Memory of the product's own, for what is read back: no connection is to wait for it.
    private var spare: ChunkBuffer?

    /// - Parameter present: what of the object is staged already.
    /// - Throws: `ChecksumError` where a kind of digest is not to be had.
    init(number: Int, _ kinds: Set<DigestSet.Kind>, present: [Range<Int64>]) throws {
        self.number = number
        self.digests = try DigestSet(kinds)
        self.front = DigestFront(present: present)
    }

    /// Notes bytes that are in the file now.
    /// - Returns: whether the buffer is kept until it is digested.
    mutating func take(_ buffer: ChunkBuffer, at offset: Int64) -> Bool { self.front.take(buffer, at: offset) }

    /// - Throws: `FilesystemError` where staged bytes cannot be read back.
    mutating func next(from file: StagedFile) throws -> Next {
        guard !self.isOut else { return .wait }
        switch self.front.next() {
        case .digest(let buffers):
            self.isOut = true
            return .digest(buffers)
        case .readBack(let range):
            self.isOut = true
            return .digest([try self.readBack(range, from: file)])
        case .nothing:
            self.spare = nil
            return .reached(self.front.end)
        }
    }

    /// What was out has come back.
    mutating func returned() { self.isOut = false }

    /// Gives back what waits; nothing more will be digested.
    mutating func abandon() { self.front.abandon() }

    private mutating func readBack(_ range: Range<Int64>, from file: StagedFile) throws -> ChunkBuffer {
        let buffer = self.spare ?? ChunkBuffer()
        self.spare = buffer
        buffer.count = try file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer.whole[..<range.count]),
            at: range.lowerBound
        )
        guard buffer.count == range.count else { throw FilesystemError("read back", file.path, .ioError) }
        return buffer
    }
}
