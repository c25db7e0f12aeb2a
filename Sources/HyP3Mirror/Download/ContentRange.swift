/// A `Content-Range` field: `bytes 100-199/6024` or `bytes 100-199/*` (RFC 9110 §14.4).
struct ContentRange: Sendable, Hashable, CustomStringConvertible {
    var range: Range<Int64>
    /// Bytes of the whole object, if said.
    var total: Int64?

    init?(_ field: String?) {
        guard let field, field.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = field.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int64(digits: ends[0]), let last = Int64(digits: ends[1]), last >= first,
            last < .max
        else { return nil }
        self.range = first..<last + 1
        self.total = nil
        if parts[1] != "*" {
            guard let total = Int64(digits: parts[1]), total > last else { return nil }
            self.total = total
        }
    }

    var description: String {
        "bytes \(self.range.lowerBound)–\(self.range.upperBound - 1) of \(self.total.map(String.init) ?? "?")"
    }
}

extension Int64 {
    /// Decimal digits and nothing else, as HTTP writes lengths; nil where they are none or too many for 63 bits.
    init?(digits text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let value = Int64(text)
        else { return nil }
        self = value
    }
}
