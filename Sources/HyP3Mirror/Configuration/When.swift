package import FoundationEssentials

/// A point in time as people give it: `2024-08-01`, `2024-08-01 06:00` (UTC), `2024-08-01T06:00:00+05:45`, or `2w`, `14d`
/// and `36h` ago.
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
        if let ago = try Self.ago(text, now: now) { return ago }
        if let day = try Self.day(text) {
            return edge == .start ? day : day.addingTimeInterval(86399)
        }
        do throws(RFC3339.Failure) {
            return try RFC3339.date(Self.completed(text))
        } catch .noZone {
            throw InvalidValue("must say its time zone: \(text)Z for UTC, or an offset as in \(text)+05:45")
        } catch .noSuchTime {
            throw InvalidValue("is not a time that exists")
        } catch {
            throw Self.unreadable
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

    private static let unreadable = InvalidValue(
        "must be like 2024-08-01, 2024-08-01 06:00 or 2024-08-01T06:00:00Z (UTC), or 2w, 14d or 36h for so long ago"
    )

    /// What people leave out of a time, put in: the `T`, and the zone beside a blank, which is UTC. A `T` without a zone is
    /// left as it is: that is what programs write, and they mean local time as often as not.
    private static func completed(_ text: String) -> String {
        var reader = DigitReader(text)
        guard reader.number(4) != nil, reader.skip("-"), reader.number(2) != nil, reader.skip("-"),
            reader.number(2) != nil, reader.skip(" "), reader.number(2) != nil, reader.skip(":"),
            reader.number(2) != nil
        else { return text }
        let hasSeconds = reader.skip(":") && reader.number(2) != nil
        let zone = text.dropFirst(hasSeconds ? 19 : 16).drop { $0 == " " }
        let time = text.dropFirst(11).prefix(hasSeconds ? 8 : 5) + (hasSeconds ? "" : ":00")
        return "\(text.prefix(10))T\(time)\(zone.isEmpty || zone == "UTC" ? "Z" : zone)"
    }

    /// Nil where the text has another form.
    private static func ago(_ text: String, now: Date) throws(InvalidValue) -> Date? {
        let units: [Character: Int64] = ["w": 7 * 86400, "d": 86400, "h": 3600]
        guard let unit = text.last?.lowercased().first, let factor = units[unit],
            text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        guard let count = Int64(text.dropLast()), count <= 1_000_000 else { throw Self.unreadable }
        let date = CivilTime(now).date.addingTimeInterval(-Double(count * factor))
        guard date >= RFC3339.earliest else { throw InvalidValue("is before the year 1") }
        return date
    }
}
