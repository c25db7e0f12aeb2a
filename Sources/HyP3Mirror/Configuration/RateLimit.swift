package import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How fast a run may fetch, by the time of day.
package struct RateLimit: Sendable, Hashable {
    /// From `second` of the local day on; nil is without limit.
    private struct Entry: Sendable, Hashable {
        var second: Int
        var bytesPerSecond: Int64?
    }

    /// Ascending; the last one also holds before the first, from the day before.
    private let entries: [Entry]

    package static let unlimited = RateLimit(entries: [Entry(second: 0, bytesPerSecond: nil)])

    private init(entries: [Entry]) {
        self.entries = entries
    }

    /// Reads a rate (`20M`, `off`) or a timetable of local times (`08:00,2M 18:00,off`).
    package init(_ text: String) throws(InvalidValue) {
        guard text.contains(",") else {
            self.entries = [Entry(second: 0, bytesPerSecond: try Self.rate(text))]
            return
        }
        var entries: [Entry] = []
        for item in text.split(separator: " ") {
            let parts = item.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 2, let second = Self.secondOfDay(String(parts[0])) else {
                throw InvalidValue("must be a timetable of HH:MM,RATE, as in 08:00,2M 18:00,off")
            }
            guard !entries.contains(where: { $0.second == second }) else {
                throw InvalidValue("must have each time of day once; \(parts[0]) is there twice")
            }
            entries.append(Entry(second: second, bytesPerSecond: try Self.rate(String(parts[1]))))
        }
        self.entries = entries.sorted { $0.second < $1.second }
    }

    /// Bytes per second allowed at a second of the local day (0 to 86399); nil is without limit.
    package func bytesPerSecond(atSecondOfDay second: Int) -> Int64? {
        let current = self.entries.last { $0.second <= second } ?? self.entries.last
        return current?.bytesPerSecond
    }

    /// Bytes per second allowed at `date`; nil is without limit.
    ///
    /// - Parameter secondOfDay: local time; the default asks the system's time zone (`localtime_r`).
    package func bytesPerSecond(
        at date: Date,
        secondOfDay: (Date) -> Int = RateLimit.localSecondOfDay
    ) -> Int64? {
        self.entries.count == 1 ? self.entries[0].bytesPerSecond : self.bytesPerSecond(atSecondOfDay: secondOfDay(date))
    }

    /// Seconds since midnight on the wall clock of the system's time zone.
    package static func localSecondOfDay(_ date: Date) -> Int {
        var time = time_t(CivilTime(date).date.timeIntervalSince1970)
        var fields = tm()
        guard unsafe localtime_r(&time, &fields) != nil else { return 0 }
        return Int(fields.tm_hour) * 3600 + Int(fields.tm_min) * 60 + min(Int(fields.tm_sec), 59)
    }

    /// K, M and G are decimal, as in every line's data sheet.
    private static func rate(_ text: String) throws(InvalidValue) -> Int64? {
        if text.lowercased() == "off" { return nil }
        guard let bytes = ByteQuantity.bytes(text), bytes > 0 else {
            throw InvalidValue("must be bytes a second, as in 500k or 20M, or off")
        }
        return bytes
    }

    private static func secondOfDay(_ text: String) -> Int? {
        var reader = DigitReader(text)
        guard let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.isAtEnd,
            hour < 24, minute < 60
        else { return nil }
        return hour * 3600 + minute * 60
    }
}
