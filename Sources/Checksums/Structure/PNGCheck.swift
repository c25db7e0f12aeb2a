/// PNG: the chain of chunks with their CRCs, from `IHDR` to `IEND`.
enum PNGCheck {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        guard file.length >= 8, try file.bytes(at: 0, count: 8) == Self.signature else {
            throw .damage("it does not begin as a PNG image")
        }
        var offset: UInt64 = 8
        var isFirst = true
        var hasPixels = false
        while true {
            try file.require(12, at: offset, "a PNG chunk")
            let head = try file.bytes(at: offset, count: 8)
            let length = head[..<4].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let type = head[4...]
            guard type.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
                throw .damage("no PNG chunk begins at byte \(offset)")
            }
            let name = String(decoding: type, as: UTF8.self)
            try file.require(length + 12, at: offset, "the PNG chunk \(name)")
            guard !isFirst || (name == "IHDR" && length == 13) else { throw .damage("its first PNG chunk is no IHDR") }
            var crc: UInt64 = 0
            try file.forEachPiece(at: offset + 4, count: length + 4) { (piece) throws(StructureFault) in
                crc = CyclicRedundancyCheck.crc32.update(crc, piece)
                return true
            }
            let stored = try file.read(at: offset + 8 + length, count: 4) { (bytes) throws(StructureFault) in
                NumberReader.big.number(bytes, at: 0, width: 4)
            }
            if crc != stored { throw .damage("the CRC-32 of the PNG chunk \(name) at byte \(offset) is wrong") }
            isFirst = false
            if name == "IDAT" { hasPixels = true }
            if name == "IEND" { break }
            offset += length + 12
        }
        if !hasPixels { throw .damage("it is a PNG image without pixels") }
    }
}
