import FoundationEssentials

enum PageTime {
    /// `2026-11-27 02:00 UTC`
    static func text(_ date: Date) -> String {
        let text = CivilTime(date).text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// `3 h 20 min`, `12 days`
    static func span(_ seconds: TimeInterval) -> String {
        let seconds = Int64(min(max(0, seconds), 1e11))
        return seconds >= 3 * 86400 ? Count.of(Int(seconds / 86400), "day") : DurationText.short(.seconds(seconds))
    }
}
