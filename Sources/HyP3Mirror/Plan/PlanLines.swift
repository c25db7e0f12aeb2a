import FoundationEssentials

extension PlannedProduct {
    /// One line of `plan --format json`, without its end: an object with `job_id`, `suffix`, `file`, `path`, `url`,
    /// `state`, `reason`, `expires` (ISO 8601, UTC) and `size` (bytes, as the bucket lists it); null where there is no such
    /// thing.
    package var jsonLine: String {
        var line: [UInt8] = []
        line.reserveCapacity(768)
        JSONText.append("{\"job_id\":", self.jobID, to: &line)
        JSONText.append(",\"suffix\":", self.suffix, to: &line)
        JSONText.append(",\"file\":", self.file.nonEmpty, to: &line)
        JSONText.append(",\"path\":", self.path.nonEmpty, to: &line)
        JSONText.append(",\"url\":", self.url.nonEmpty, to: &line)
        JSONText.append(",\"state\":", self.state.rawValue, to: &line)
        JSONText.append(",\"reason\":", self.reason, to: &line)
        JSONText.append(",\"expires\":", self.expires.map { CivilTime($0).text }, to: &line)
        line += Array(",\"size\":\(self.listed.map { "\($0.size)" } ?? "null")}".utf8)
        return ForeignText.json(String(decoding: line, as: UTF8.self))
    }
}

extension Plan {
    /// The URLs of what is to be fetched, in the plan's order: an input file of other download tools, a line each.
    package var urls: some Sequence<String> { self.products([.fetch]).lazy.map(\.url).filter { !$0.isEmpty } }
}

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

extension String {
    fileprivate var nonEmpty: String? { self.isEmpty ? nil : self }
}
