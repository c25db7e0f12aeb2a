/// Numbers of bytes as people write them.
package enum ByteQuantity {
    /// Reads `1000`, `500k`, `10G`, `1.5T`, `500MiB`: k, M, G, T are powers of 1000, Ki, Mi, Gi, Ti of 1024; a B may
    /// follow. Whatever the case.
    ///
    /// - Returns: nil where the text is something else or more than an `Int64` holds.
    package static func bytes(_ text: String) -> Int64? {
        var unit = Substring(text.lowercased())
        let number = unit.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        unit = unit.dropFirst(number.count)
        if unit.hasSuffix("b") { unit = unit.dropLast() }
        let factors: [Substring: Int64] = [
            "": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000,
            "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
        ]
        guard let factor = factors[unit] else { return nil }
        if let whole = Int64(number) {
            let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
            return overflow ? nil : bytes
        }
        guard number.first != ".", number.last != ".", let value = Double(number) else { return nil }
        return Int64(exactly: (value * Double(factor)).rounded())
    }
}

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
