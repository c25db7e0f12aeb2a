/// Reads unsigned numbers of one byte order.
struct NumberReader {
    let isLittleEndian: Bool

    static let little = NumberReader(isLittleEndian: true)
    static let big = NumberReader(isLittleEndian: false)

    /// The number of `width` bytes, 1 to 8, at `offset`; both known to lie inside `bytes`.
    func number(_ bytes: UnsafeRawBufferPointer, at offset: Int, width: Int) -> UInt64 {
        switch width {
        case 2:
            let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            return UInt64(self.isLittleEndian ? UInt16(littleEndian: value) : UInt16(bigEndian: value))
        case 4:
            let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return UInt64(self.isLittleEndian ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
        case 8:
            let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return self.isLittleEndian ? UInt64(littleEndian: value) : UInt64(bigEndian: value)
        default:
            let digits = bytes[offset..<(offset + width)]
            return self.isLittleEndian
                ? digits.reversed().reduce(0) { $0 << 8 | UInt64($1) } : digits.reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
