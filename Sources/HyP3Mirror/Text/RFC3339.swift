package import FoundationEssentials

/// The times of RFC 3339: `2024-08-01T06:00:00Z`, `2024-08-01T06:00:00.5+05:45`.
package enum RFC3339 {
    package enum Failure: Error, Sendable, Hashable {
        /// Not of the form.
        case malformed
        /// Of the form, without `Z` or an offset.
        case noZone
        /// Of the form, but there is no such day or time.
        case noSuchTime
    }

    /// Reads a time; a fraction of a second is cut off. `t` and `z` may be lower case.
    package static func date(_ text: String) throws(Failure) -> Date {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2)
        else { throw .malformed }
        if reader.skip(".") {
            guard reader.skipDigits() > 0 else { throw .malformed }
        }
        guard let local = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { throw .noSuchTime }
        if reader.isAtEnd { throw .noZone }
        let offset = try Self.offset(&reader)
        guard reader.isAtEnd else { throw .malformed }
        let date = local.date.addingTimeInterval(-Double(offset))
        guard date >= Self.earliest, date <= Self.latest else { throw .noSuchTime }
        return date
    }

    /// The first and the last second of the years 1 to 9999.
    package static let earliest = Date(timeIntervalSince1970: -62_135_596_800)
    package static let latest = Date(timeIntervalSince1970: 253_402_300_799)

    /// - Returns: seconds east of Greenwich.
    private static func offset(_ reader: inout DigitReader) throws(Failure) -> Int {
        if reader.skip("Z") || reader.skip("z") { return 0 }
        let sign = reader.skip("-") ? -1 : 1
        if sign == 1, !reader.skip("+") { throw .malformed }
        guard let hours = reader.number(2), reader.skip(":"), let minutes = reader.number(2) else { throw .malformed }
        guard hours < 24, minutes < 60 else { throw .noSuchTime }
        return sign * (hours * 3600 + minutes * 60)
    }
}
