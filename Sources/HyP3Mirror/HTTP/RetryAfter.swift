package import FoundationEssentials

/// The `Retry-After` header (RFC 9110 §10.2.3).
package enum RetryAfter {
    /// Reads seconds or an HTTP date.
    ///
    /// - Returns: not less than zero; nil where the value is neither.
    package static func wait(_ text: String, now: Date) -> Duration? {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(min(Int64(text) ?? Int64.max, 1_000_000_000))
        }
        guard let date = HTTPDate.date(text) else { return nil }
        return .seconds(max(0, min(date.timeIntervalSince(now), 1_000_000_000)))
    }
}
