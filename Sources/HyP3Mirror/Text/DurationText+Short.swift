extension DurationText {
    /// `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`.
    package static func short(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if seconds < 10 {
            let tenths = seconds * 10 + attoseconds / 100_000_000_000_000_000
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
}
