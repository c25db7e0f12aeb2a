import FoundationEssentials

enum PageTime {
    /// `2026-11-27 02:00 UTC`
    static func text(_ date: Date) -> String {
        let text = CivilTime(date).text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// `40 s`, `25 min`, `3 h 20 min`, `29 h`, `12 days`: no finer than anybody reads.
    static func span(_ seconds: TimeInterval) -> String {
        let seconds = Int(min(max(0, seconds), 1e11))
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min"
        case ..<(10 * 3600):
            let minutes = seconds / 60 % 60
            return "\(seconds / 3600) h" + (minutes > 0 ? " \(minutes) min" : "")
        case ..<(3 * 86400): return "\(seconds / 3600) h"
        default: return Count.of(seconds / 86400, "day")
        }
    }
}
