/// Strings as JSON has them (RFC 8259 §7).
enum JSONText {
    /// Appends `key` as it is, then `value` quoted, or `null`.
    static func append(_ key: StaticString, _ value: String?, to line: inout [UInt8]) {
        key.withUTF8Buffer { line.append(contentsOf: $0) }
        guard var value else {
            line.append(contentsOf: Array("null".utf8))
            return
        }
        line.append(UInt8(ascii: "\""))
        value.withUTF8 { bytes in
            if !bytes.contains(where: Self.needsEscape) { return line.append(contentsOf: bytes) }
            for byte in bytes { Self.append(byte, to: &line) }
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func append(_ byte: UInt8, to line: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            line += [UInt8(ascii: "\\"), byte]
        case 0..<0x20, 0x7F:
            let digits = String(byte, radix: 16)
            line += Array("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
        default:
            line.append(byte)
        }
    }
}
