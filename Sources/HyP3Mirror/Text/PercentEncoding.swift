/// Percent-encoding of parts of a URL (RFC 3986 §2).
package enum PercentEncoding {
    /// Everything encoded but the unreserved characters: right in a path segment, a query name and a query value.
    package static func encoded(_ text: some StringProtocol) -> String {
        Self.encoded(text) { $0.isAlphanumeric || Self.unreservedMarks.contains($0) }
    }

    /// The path that a bucket's key has in a URL, without a slash at its start: every byte but unreserved characters and
    /// slashes encoded, once.
    package static func encodedKey(_ key: some StringProtocol) -> String { Self.encoded(key, keep: Self.isPlainInPath) }

    /// Whether a byte of a key stands for itself in a path, as a slash does.
    static func isPlainInPath(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "/") || Self.unreservedMarks.contains(byte)
    }

    /// A URL as a service may have pasted it together: what no URL may hold is encoded, the rest stays.
    package static func repaired(_ url: String) -> String {
        Self.encoded(url) { $0 > 0x20 && $0 < 0x7F && !Self.neverInURL.contains($0) }
    }

    /// `%XX` and `+` decoded as in an HTML form; a `%` that begins no code stays.
    package static func decodedForm(_ text: some StringProtocol) -> String {
        Self.decoded(text, plusIsSpace: true)
    }

    /// `%XX` decoded; a `%` that begins no code stays.
    package static func decoded(_ text: some StringProtocol) -> String {
        Self.decoded(text, plusIsSpace: false)
    }

    private static let unreservedMarks = Set("-._~".utf8)
    private static let neverInURL = Set("\"<>\\^`{|}".utf8)
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func encoded(_ text: some StringProtocol, keep: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if keep(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = Self.nibble(source[index + 1]), let low = Self.nibble(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(plusIsSpace && source[index] == UInt8(ascii: "+") ? 0x20 : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
