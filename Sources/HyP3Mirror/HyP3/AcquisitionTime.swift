package import FoundationEssentials

/// Reads when a scene was taken from the name of its product.
///
/// In every family that HyP3 makes, the acquisition start is the earliest date in the name (a pair names both scenes;
/// Landsat, Sentinel-2 and OPERA names add a later processing date):
/// `S1A_IW_20230520T001530_…`, `S1AA_20150504T120217_20150621T120220_…`, `S1_136231_IW2_20200604_20200616_…`,
/// `LC08_L1TP_009011_20261026_20261026_02_T1_X_…`, `S1-GUNW-D-R-087-tops-20240501_20240419-161520-…`,
/// `OPERA_L2_RTC-S1_T035-073251-IW2_20240806T003615Z_20240806T123456Z_…`.
package enum AcquisitionTime {
    /// The earliest acquisition start (UTC) in `name`, midnight where the name holds only days; nil where it has none.
    package static func earliest(in name: String) -> Date? {
        var earliest: Date?
        var dayOnly = false
        var clock: CivilClock?
        for token in name.utf8.split(whereSeparator: { !$0.isAlphanumeric }) {
            if token.count == 6, earliest != nil, clock == nil, name.hasPrefix("S1-GUNW") {
                clock = CivilClock(digits: Substring(token))
            }
            guard let found = Self.date(Substring(token)) else { continue }
            if earliest.map({ found.date < $0 }) ?? true {
                earliest = found.date
                dayOnly = found.dayOnly
            }
        }
        if dayOnly, let clock, let day = earliest { return day.addingTimeInterval(Double(clock.seconds)) }
        return earliest
    }

    /// The time of day that GUNW names give after their dates, for both.
    private struct CivilClock {
        let seconds: Int

        init?(digits: Substring) {
            var reader = DigitReader(digits)
            guard let hour = reader.number(2), let minute = reader.number(2), let second = reader.number(2),
                hour < 24, minute < 60, second < 60
            else { return nil }
            self.seconds = hour * 3600 + minute * 60 + second
        }
    }

    /// `20230520`, `20230520T001530` or `20230520T001530Z` between the years 1970 and 2100.
    private static func date(_ token: Substring) -> (date: Date, dayOnly: Bool)? {
        var reader = DigitReader(token)
        guard let year = reader.number(4), (1970...2100).contains(year), let month = reader.number(2),
            let day = reader.number(2)
        else { return nil }
        if reader.isAtEnd { return CivilTime(year: year, month: month, day: day).map { ($0.date, true) } }
        guard reader.skip("T"), let hour = reader.number(2), let minute = reader.number(2),
            let second = reader.number(2), reader.isAtEnd || (reader.skip("Z") && reader.isAtEnd)
        else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
            .map { ($0.date, false) }
    }
}
