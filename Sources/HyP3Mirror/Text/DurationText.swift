/// Spans of time as people write them.
package enum DurationText {
    /// Reads `45s`, `90m`, `2h`, `1h30m`, `3d`; the units must fall.
    package static func duration(_ text: String) throws(InvalidValue) -> Duration {
        let wrong = InvalidValue("must be a span of time with its unit, as in 90m, 2h, 1h30m or 3d")
        let units: [(mark: Character, seconds: Int64)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
        var total: Int64 = 0
        var rest = Substring(text.lowercased())
        var smallest = units.startIndex
        guard !rest.isEmpty else { throw wrong }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let count = Int64(digits), let mark = rest.popFirst(),
                let unit = units[smallest...].firstIndex(where: { $0.mark == mark })
            else { throw wrong }
            let (seconds, tooLong) = count.multipliedReportingOverflow(by: units[unit].seconds)
            let (sum, tooLongInAll) = total.addingReportingOverflow(seconds)
            guard !tooLong, !tooLongInAll else { throw wrong }
            total = sum
            smallest = unit + 1
        }
        return .seconds(total)
    }

    /// As `duration(_:)`, and longer than nothing.
    package static func positive(_ text: String, example: String) throws(InvalidValue) -> Duration {
        let duration = try Self.duration(text)
        guard duration > .zero else { throw InvalidValue("must be longer than nothing, as in \(example)") }
        return duration
    }
}
