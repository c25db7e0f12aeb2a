/// An instant in whole seconds since 1970-01-01T00:00:00Z, with the spellings the service uses. Always UTC.
package struct CalendarTime: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var seconds: Int

    /// The instant that many seconds after 1970-01-01T00:00:00Z.
    package init(seconds: Int) {
        self.seconds = seconds
    }

    /// The instant of a date and time of day in UTC (proleptic Gregorian calendar).
    package init(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ second: Int = 0) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(seconds: (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    package static func < (left: CalendarTime, right: CalendarTime) -> Bool {
        left.seconds < right.seconds
    }

    /// The instant `days` and `seconds` later.
    package func adding(days: Int = 0, seconds: Int = 0) -> CalendarTime {
        CalendarTime(seconds: self.seconds + days * 86_400 + seconds)
    }

    /// The midnight at or before this instant.
    package var midnight: CalendarTime {
        CalendarTime(seconds: seconds - modulo(seconds, 86_400))
    }

    private var fields: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let second = modulo(seconds, 86_400)
        let days = (seconds - second) / 86_400 + 719_468
        let era = (days - modulo(days, 146_097)) / 146_097
        let dayOfEra = modulo(days, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
            second / 3_600, second / 60 % 60, second % 60
        )
    }

    /// As in a job: `2026-11-23T07:48:00+00:00`.
    package var jobTime: String {
        let at = fields
        return "\(padded(at.year, 4))-\(padded(at.month))-\(padded(at.day))T"
            + "\(padded(at.hour)):\(padded(at.minute)):\(padded(at.second))+00:00"
    }

    /// As in a listing of the bucket: `2026-11-23T07:48:00.000Z`.
    package var listingTime: String {
        jobTime.dropLast(6) + ".000Z"
    }

    /// As in a product's name: `20261123T074800`.
    package var compact: String {
        let at = fields
        return "\(padded(at.year, 4))\(padded(at.month))\(padded(at.day))T"
            + "\(padded(at.hour))\(padded(at.minute))\(padded(at.second))"
    }

    /// As in an HTTP header (RFC 9110 IMF-fixdate): `Mon, 23 Nov 2026 07:48:00 GMT`.
    package var httpDate: String {
        let at = fields
        let weekday = modulo((seconds - modulo(seconds, 86_400)) / 86_400 + 4, 7)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekdays[weekday]), \(padded(at.day)) \(months[at.month - 1]) \(padded(at.year, 4)) "
            + "\(padded(at.hour)):\(padded(at.minute)):\(padded(at.second)) GMT"
    }
}

private func modulo(_ value: Int, _ divisor: Int) -> Int {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}

/// `value` with leading zeros to `width` digits.
func padded(_ value: Int, _ width: Int = 2) -> String {
    let digits = String(value)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}
