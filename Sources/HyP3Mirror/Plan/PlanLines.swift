import FoundationEssentials

extension PlannedProduct {
    /// One line of `plan --format json`, without its end: an object with `job_id`, `suffix`, `file`, `path`, `url`,
    /// `state`, `reason` and `expires` (ISO 8601, UTC); null where there is no such thing.
    package var jsonLine: String {
        let fields: [(String, String?)] = [
            ("job_id", self.job.id), ("suffix", self.suffix), ("file", self.file.nonEmpty),
            ("path", self.path.nonEmpty),
            ("url", self.url.nonEmpty), ("state", self.state.rawValue), ("reason", self.reason),
            ("expires", self.expires.map { CivilTime($0).text }),
        ]
        let members = fields.map { "\"\($0)\":\($1.map(JSONText.quoted) ?? "null")" }
        return "{\(members.joined(separator: ","))}"
    }
}

extension Plan {
    /// The URLs of what is to be fetched, in the plan's order: an input file of other download tools, a line each.
    package var urls: some Sequence<String> { self.products([.fetch]).lazy.map(\.url) }
}

/// Strings as JSON has them (RFC 8259 §7).
enum JSONText {
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                bytes += Array("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var nonEmpty: String? { self.isEmpty ? nil : self }
}
