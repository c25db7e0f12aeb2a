/// JSON: that it begins and ends as an object or a list. It is not parsed.
enum JSONCheck {
    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        var first: UInt8?
        var position: UInt64 = 0
        // A byte order mark.
        if file.length >= 3, try file.bytes(at: 0, count: 3) == [0xEF, 0xBB, 0xBF] { position = 3 }
        try file.forEachPiece(at: position, count: file.length - position) { (piece) throws(StructureFault) in
            first = piece.first { !Self.isSpace($0) }
            return first == nil
        }
        let last = try Self.lastVisible(&file)
        switch (first, last) {
        case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]")): return
        case (nil, _): throw .damage("it holds nothing but white space")
        case (UInt8(ascii: "{"), _), (UInt8(ascii: "["), _):
            throw .damage("its JSON is not closed, so its end is missing")
        default: throw .damage("it does not begin as a JSON object or list")
        }
    }

    private static func lastVisible(_ file: inout StructuredFile) throws(StructureFault) -> UInt8? {
        var end = file.length
        while end > 0 {
            let count = min(end, UInt64(StructuredFile.windowSize))
            let last = try file.read(at: end - count, count: Int(count)) { (bytes) throws(StructureFault) in
                bytes.last { !Self.isSpace($0) }
            }
            if let last { return last }
            end -= count
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
