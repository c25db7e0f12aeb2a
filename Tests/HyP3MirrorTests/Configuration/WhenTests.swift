import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct `Times` {
    /// 2024-08-01T08:13:20Z
    static let now = Date(timeIntervalSince1970: 1_722_500_000)

    @Test(arguments: [
        ("2024-08-01", When.Edge.start, "2024-08-01T00:00:00Z"), ("2024-08-01", .end, "2024-08-01T23:59:59Z"),
        ("2024-02-29", .end, "2024-02-29T23:59:59Z"), ("2024-08-01T06:00:00Z", .end, "2024-08-01T06:00:00Z"),
        ("2024-08-01T06:00:00+05:45", .start, "2024-08-01T00:15:00Z"),
        ("2024-08-01T00:00:00-08:00", .start, "2024-08-01T08:00:00Z"),
        ("2024-08-01t06:00:00z", .start, "2024-08-01T06:00:00Z"),
        ("2024-08-01T06:00:00.999Z", .start, "2024-08-01T06:00:00Z"), ("14d", .start, "2024-07-18T08:13:20Z"),
        ("36h", .start, "2024-07-30T20:13:20Z"), ("2w", .start, "2024-07-18T08:13:20Z"),
        ("1W", .end, "2024-07-25T08:13:20Z"), ("2026-11-01 00:00", .start, "2026-11-01T00:00:00Z"),
        ("2026-11-01 00:00", .end, "2026-11-01T00:00:00Z"), ("2026-11-01 06:30:15", .end, "2026-11-01T06:30:15Z"),
        ("2026-11-01 06:30 UTC", .start, "2026-11-01T06:30:00Z"), ("2026-11-01 06:30Z", .end, "2026-11-01T06:30:00Z"),
        ("2026-11-01 06:30 +05:45", .start, "2026-11-01T00:45:00Z"), ("0d", .end, "2024-08-01T08:13:20Z"),
        ("1969-12-31T23:59:59Z", .start, "1969-12-31T23:59:59Z"), ("0001-01-01", .start, "0001-01-01T00:00:00Z"),
    ])
    func `a time is the instant it says`(_ text: String, _ edge: When.Edge, _ instant: String) throws {
        #expect(CivilTime(try When.instant(text, edge: edge, now: Self.now)).text == instant)
    }

    @Test(arguments: [
        ("2024-13-01", "not a day that exists"), ("2024-02-30", "not a day that exists"),
        ("2023-02-29", "not a day that exists"), ("2024-08-01T06:00:00", "time zone"),
        ("2024-08-01T06:00:00.5", "time zone"), ("2024-08-01T24:00:00Z", "not a time that exists"),
        ("2024-08-01T23:59:60Z", "not a time that exists"), ("2024-02-30T00:00:00Z", "not a time that exists"),
        ("2024-08-01T06:00Z", "must be like"), ("2024-08-01 06:00:0", "must be like"),
        ("2024-08-01 06:00 NPT", "must be like"), ("2024-08-01 24:00", "not a time that exists"),
        ("2024-08-01  06:00", "must be like"), ("2w3d", "must be like"), ("20240801", "must be like"),
        ("2024-8-1", "must be like"), ("yesterday", "must be like"), ("", "must be like"), ("d", "must be like"),
        ("14m", "must be like"), ("-3d", "must be like"), ("99999999999999999999d", "must be like"),
        ("0000-01-01", "not a day that exists"), ("0001-01-01T00:00:00+14:00", "not a time that exists"),
        ("2024-08-01T06:00:00+0545", "must be like"), ("2024-08-01T06:00:00ZZ", "must be like"),
    ])
    func `what is no time is refused with what would be right`(_ text: String, _ advice: String) throws {
        let error = try #require(throws: InvalidValue.self) {
            try When.instant(text, edge: .start, now: Self.now)
        }
        #expect(error.advice.contains(advice), "\(error.advice)")
    }

    @Test func `civil time and instant are each other's inverse over all days`() {
        var day = Date(timeIntervalSince1970: -62_135_596_800)
        let last = Date(timeIntervalSince1970: 253_402_214_400)
        var previous: CivilTime?
        while day <= last {
            let civil = CivilTime(day)
            #expect(civil.date == day)
            if let previous, previous.month == civil.month { #expect(civil.day == previous.day + 1) }
            previous = civil
            // A prime number of days, so that every month and weekday is met, and single days around each.
            day += 86400 * 37
        }
        #expect(CivilTime(Date(timeIntervalSince1970: 951_782_400)).dayText == "2000-02-29")
        #expect(CivilTime(Date(timeIntervalSince1970: -1)).text == "1969-12-31T23:59:59Z")
    }

    @Test func `a moment is written in whole seconds with its zone`() {
        #expect(CivilTime(Date(timeIntervalSince1970: 1_722_500_000.9)).text == "2024-08-01T08:13:20Z")
    }
}
