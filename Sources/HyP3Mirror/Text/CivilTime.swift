package import FoundationEssentials

/// A calendar date and time of day in UTC, whole seconds.
///
/// Arithmetic on the proleptic Gregorian calendar, so that no time zone database is needed.
package struct CivilTime: Sendable, Hashable {
    package let year: Int
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int

    /// - Returns: nil where the calendar has no such day or the day no such second (leap seconds included: HyP3
    ///   refuses them). Years 1 to 9999.
    package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (0...23).contains(hour),
            (0...59).contains(minute), (0...59).contains(second),
            day >= 1, day <= Self.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The second that `date` lies in; dates outside the years 1 to 9999 are moved to the nearest end.
    package init(_ date: Date) {
        let seconds = min(max(date.timeIntervalSince1970.rounded(.down), Self.first), Self.last)
        let whole = Int(seconds)
        let dayNumber = whole.flooredQuotient(by: 86400)
        let rest = whole - dayNumber * 86400
        // Days to civil date by 400-year eras that begin on 1 March (Howard Hinnant, "chrono-compatible date
        // algorithms").
        let shifted = dayNumber + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
        self.hour = rest / 3600
        self.minute = rest / 60 % 60
        self.second = rest % 60
    }

    package var date: Date {
        let marchYear = self.month <= 2 ? self.year - 1 : self.year
        let era = marchYear.flooredQuotient(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (self.month > 2 ? self.month - 3 : self.month + 9) + 2) / 5 + self.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Date(timeIntervalSince1970: Double(days * 86400 + self.hour * 3600 + self.minute * 60 + self.second))
    }

    /// `2024-08-01`
    package var dayText: String {
        "\(Self.padded(self.year, 4))-\(Self.padded(self.month, 2))-\(Self.padded(self.day, 2))"
    }

    /// `2024-08-01T06:00:00Z`: the only form of a time that is sent to HyP3.
    package var text: String {
        let time = [self.hour, self.minute, self.second].map { Self.padded($0, 2) }.joined(separator: ":")
        return "\(self.dayText)T\(time)Z"
    }

    package static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static let first = -62_135_596_800.0
    private static let last = 253_402_300_799.0
}

extension Int {
    /// Quotient rounded down, also for negative numbers; `divisor` is positive.
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
