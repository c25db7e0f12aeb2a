import CZlib

/// Reads members of a zip archive through, to compare their size and CRC-32 with what the directory says.
final class ZipMemberReader {
    private static let outputSize = 256 << 10

    // zlib keeps a pointer to the stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer

    /// - Throws: a failure where zlib has no memory.
    init() throws(StructureFault) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        self.output = .allocate(byteCount: Self.outputSize, alignment: 16)
        // Negative: no zlib header, the form inside zip.
        let result = inflateInit2_(self.stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard result == Z_OK else {
            throw .failure(ChecksumError(code: .algorithm, message: "zlib cannot begin to inflate (code \(result))"))
        }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
        self.output.deallocate()
    }

    /// Reads the member whose bytes begin at `start` and lie inside the file.
    ///
    /// - Returns: false where it is encrypted or compressed in a way zlib does not know.
    func verify(
        _ file: inout StructuredFile,
        _ entry: ZipEntry,
        _ start: UInt64
    ) throws(StructureFault) -> Bool {
        if entry.isEncrypted { return false }
        let found: (crc: UInt64, size: UInt64)
        switch entry.method {
        case 0: found = try self.readStored(&file, entry, start)
        case 8: found = try self.inflateMember(&file, entry, start)
        default: return false
        }
        let place = "the zip member with its directory entry at byte \(entry.offset)"
        guard found.size == entry.size else {
            throw .damage("\(place) holds \(found.size) bytes instead of \(entry.size)")
        }
        guard found.crc == entry.crc else { throw .damage("the CRC-32 of \(place) is wrong") }
        return true
    }

    private func readStored(
        _ file: inout StructuredFile,
        _ entry: ZipEntry,
        _ start: UInt64
    ) throws(StructureFault) -> (crc: UInt64, size: UInt64) {
        var crc: UInt64 = 0
        try file.forEachPiece(at: start, count: entry.compressedSize) { (piece) throws(StructureFault) in
            crc = CyclicRedundancyCheck.crc32.update(crc, piece)
            return true
        }
        return (crc, entry.compressedSize)
    }

    private func inflateMember(
        _ file: inout StructuredFile,
        _ entry: ZipEntry,
        _ start: UInt64
    ) throws(StructureFault) -> (crc: UInt64, size: UInt64) {
        guard inflateReset(self.stream) == Z_OK else {
            throw .failure(ChecksumError(code: .algorithm, message: "zlib cannot begin anew to inflate"))
        }
        let place = "the zip member with its directory entry at byte \(entry.offset)"
        var crc: UInt64 = 0
        var size: UInt64 = 0
        var consumed: UInt64 = 0
        var isComplete = false
        while !isComplete {
            let count = file.countAtHand(at: start + consumed, entry.compressedSize - consumed)
            let (used, made) = try file.read(at: start + consumed, count: count) {
                (input) throws(StructureFault) -> (Int, Int) in
                self.stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress
                )
                self.stream.pointee.avail_in = UInt32(count)
                self.stream.pointee.next_out = self.output.assumingMemoryBound(to: UInt8.self).baseAddress
                self.stream.pointee.avail_out = UInt32(Self.outputSize)
                let result = inflate(self.stream, Z_NO_FLUSH)
                switch result {
                // A buffer error only says that nothing could be done, seen below.
                case Z_OK, Z_BUF_ERROR: break
                case Z_STREAM_END: isComplete = true
                case Z_MEM_ERROR: throw .failure(ChecksumError(code: .algorithm, message: "zlib has no memory"))
                default: throw .damage("\(place) cannot be inflated")
                }
                return (count - Int(self.stream.pointee.avail_in), Self.outputSize - Int(self.stream.pointee.avail_out))
            }
            crc = CyclicRedundancyCheck.crc32.update(crc, UnsafeRawBufferPointer(rebasing: self.output[..<made]))
            size += UInt64(made)
            consumed += UInt64(used)
            if size > entry.size { throw .damage("\(place) inflates to more than its \(entry.size) bytes") }
            if used == 0, made == 0 { throw .damage("\(place) cannot be inflated") }
            try file.work(made)
        }
        guard consumed == entry.compressedSize else {
            throw .damage("the compressed bytes of \(place) do not end where it does")
        }
        return (crc, size)
    }
}
