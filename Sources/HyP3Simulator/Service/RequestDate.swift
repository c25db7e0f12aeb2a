/// How HyP3's interface reads `start` and `end`: RFC 3339 with seconds and a zone, and its own two mishaps.
enum RequestDate: Equatable {
    /// The instant, cut to whole seconds.
    case instant(CalendarTime)
    /// Answered with 400.
    case invalid
    /// Passes the check and then fails inside: answered with 500.
    case crashes

    init(_ text: String) {
        let upper = text.uppercased()
        guard let time = Self.parse(Array(upper.utf8)) else {
            self = .invalid
            return
        }
        // Its clock knows the years 1 to 9999, and its date reader no lower-case letters.
        let known = CalendarTime(1, 1, 1)...CalendarTime(9_999, 12, 31, 23, 59, 59)
        self = text != upper || !known.contains(time) ? .crashes : .instant(time)
    }

    private static func parse(_ text: [UInt8]) -> CalendarTime? {
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= text.count else { return nil }
            var value = 0
            for byte in text[start..<start + count] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        func isAt(_ index: Int, _ character: Unicode.Scalar) -> Bool {
            index < text.count && text[index] == UInt8(ascii: character)
        }
        guard let year = number(0, 4), isAt(4, "-"), let month = number(5, 2), isAt(7, "-"), let day = number(8, 2),
            isAt(10, "T"), let hour = number(11, 2), isAt(13, ":"), let minute = number(14, 2), isAt(16, ":"),
            let second = number(17, 2), year >= 1, (1...12).contains(month), day >= 1,
            day <= daysInMonth(year, month), hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        if isAt(index, ".") {
            index += 1
            let start = index
            while number(index, 1) != nil { index += 1 }
            if index == start { return nil }
        }
        let time = CalendarTime(year, month, day, hour, minute, second)
        if isAt(index, "Z") { return index + 1 == text.count ? time : nil }
        guard isAt(index, "+") || isAt(index, "-"), let hours = number(index + 1, 2), isAt(index + 3, ":"),
            let minutes = number(index + 4, 2), index + 6 == text.count, hours < 24, minutes < 60
        else { return nil }
        let offset = hours * 3_600 + minutes * 60
        return time.adding(seconds: isAt(index, "+") ? -offset : offset)
    }

    private static func daysInMonth(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
