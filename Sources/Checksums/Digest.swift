import FoundationEssentials

/// The value of one digest or checksum. CRCs are big-endian bytes, as S3 writes them.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
    package let algorithm: DigestAlgorithm
    /// Exactly `algorithm.byteCount` bytes.
    package let bytes: [UInt8]

    /// Nil unless `bytes` has the length of the algorithm.
    package init?(_ algorithm: DigestAlgorithm, bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads hexadecimal digits of either case; nil unless they are exactly one digest of the algorithm.
    package init?(_ algorithm: DigestAlgorithm, hex: some StringProtocol) {
        guard let bytes = [UInt8](hexDigits: hex) else { return nil }
        self.init(algorithm, bytes: bytes)
    }

    /// Reads base64 with its padding; nil unless it is exactly one digest of the algorithm.
    package init?(_ algorithm: DigestAlgorithm, base64: some StringProtocol) {
        guard let data = Data(base64Encoded: String(base64)) else { return nil }
        self.init(algorithm, bytes: [UInt8](data))
    }

    /// `bytes` is known to have the length of the algorithm.
    init(known algorithm: DigestAlgorithm, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Lower-case hexadecimal, the form of `sha256sum` and of ETags.
    package var hex: String { hexDigits(of: self.bytes) }

    /// Base64 with padding, the form of `x-amz-checksum-*` headers.
    package var base64: String { Data(self.bytes).base64EncodedString() }

    package var description: String { "\(self.algorithm.displayName) \(self.hex)" }
}

private func hexDigits(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for (index, byte) in bytes.enumerated() {
            text[2 * index] = digits[Int(byte >> 4)]
            text[2 * index + 1] = digits[Int(byte & 15)]
        }
        return bytes.count * 2
    }
}

extension [UInt8] {
    fileprivate init?(hexDigits text: some StringProtocol) {
        let digits = text.utf8
        guard digits.count.isMultiple(of: 2) else { return nil }
        self.init()
        self.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let upper = high {
                self.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
    }
}
