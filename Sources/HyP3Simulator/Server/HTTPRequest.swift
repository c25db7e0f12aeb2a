/// One request as it was read from a connection.
package struct HTTPRequest: Sendable {
    /// `GET`, `HEAD`, …
    package var method: String
    /// The request target as sent: path and query.
    package var target: String
    /// Name and value of every header field, in the order sent, names as sent.
    package var headers: [(name: String, value: String)]
    /// Whether it came over TLS.
    package var isSecure: Bool

    /// The path, still percent-encoded, without the query.
    package var path: Substring {
        target.prefix { $0 != "?" }
    }

    /// The decoded query, in order; `+` is a space, as HyP3's framework has it.
    var query: [(name: String, value: String)] {
        guard let mark = target.firstIndex(of: "?") else { return [] }
        return target[target.index(after: mark)...].split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (percentDecoded(parts[0], plus: true), parts.count > 1 ? percentDecoded(parts[1], plus: true) : "")
        }
    }

    /// The first header of that name, whatever its case.
    package subscript(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The value of the `Host` header, port included.
    var authority: String { self["Host"] ?? "" }

    /// The host the request was meant for, in lower case and without a port.
    package var host: String {
        let authority = authority.lowercased()
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }
}

/// Decodes `%XX` (and `+` as a space, when asked); what is no valid escape stays as it is.
func percentDecoded(_ text: Substring, plus: Bool = false) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < source.count {
        if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
            let value = UInt8(String(decoding: source[index + 1...index + 2], as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            index += 3
        } else {
            bytes.append(plus && source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
            index += 1
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Percent-encodes all but RFC 3986's unreserved characters and those of `allowed`.
func percentEncoded(_ text: String, allowing allowed: String = "") -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let allowed = Set("-._~\(allowed)".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            bytes.append(byte)
        default:
            if allowed.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
