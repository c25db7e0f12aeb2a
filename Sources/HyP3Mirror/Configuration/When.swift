package import FoundationEssentials

/// A point in time as people give it: `2024-08-01`, `2024-08-01T06:00:00Z`, or `14d` and `36h` ago.
package enum When {
    /// Which end of a window the time is for.
    package enum Edge: Sendable {
        case start
        case end
    }

    /// The instant meant, in whole seconds (UTC).
    ///
    /// - Parameter edge: a date alone is the first second of that day (UTC) as a start, the last one as an end.
    /// - Throws: `InvalidValue` with what would be right.
    package static func instant(_ text: String, edge: Edge, now: Date) throws(InvalidValue) -> Date {
        if let unit = text.last, "dhDH".contains(unit), text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        {
            return try Self.ago(text, now: now)
        }
        if let day = try Self.day(text) {
            return edge == .start ? day : day.addingTimeInterval(86399)
        }
        do throws(RFC3339.Failure) {
            return try RFC3339.date(text)
        } catch .noZone {
            throw InvalidValue("must say its time zone: \(text)Z for UTC, or an offset as in \(text)+05:45")
        } catch .noSuchTime {
            throw InvalidValue("is not a time that exists")
        } catch {
            throw InvalidValue("must be like 2024-08-01, 2024-08-01T06:00:00Z, or 14d or 36h for so long ago")
        }
    }

    /// `2024-08-01`; nil where the text has another form.
    private static func day(_ text: String) throws(InvalidValue) -> Date? {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.isAtEnd
        else { return nil }
        guard let civil = CivilTime(year: year, month: month, day: day) else {
            throw InvalidValue("is not a day that exists")
        }
        return civil.date
    }

    private static func ago(_ text: String, now: Date) throws(InvalidValue) -> Date {
        let factor: Int64 = text.lowercased().hasSuffix("d") ? 86400 : 3600
        guard let count = Int64(text.dropLast()), count <= 1_000_000 else {
            throw InvalidValue("must be like 14d or 36h for so long ago")
        }
        let date = CivilTime(now).date.addingTimeInterval(-Double(count * factor))
        guard date >= RFC3339.earliest else { throw InvalidValue("is before the year 1") }
        return date
    }
}
