import FoundationEssentials

/// A month of a calendar.
struct PageMonth: Hashable {
    /// Years × 12 + months since January.
    private let number: Int

    private init(number: Int) { self.number = number }

    /// - Parameter day: `2026-11-27`
    init?(ofDay day: String) {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...9999).contains(parts[0]), (1...12).contains(parts[1]) else { return nil }
        self.number = parts[0] * 12 + parts[1] - 1
    }

    private var year: Int { self.number / 12 }
    private var month: Int { self.number % 12 + 1 }

    var next: PageMonth { PageMonth(number: self.number + 1) }
    func earlier(by months: Int) -> PageMonth { PageMonth(number: max(12, self.number - months)) }

    /// `Nov 2026`
    var title: String { "\(Self.names[self.month - 1]) \(self.year)" }

    var days: Int { CivilTime.days(inMonth: self.month, of: self.year) }

    /// `2026-11-05`
    func day(_ day: Int) -> String {
        "\(CivilTime.padded(self.year, 4))-\(CivilTime.padded(self.month, 2))-\(CivilTime.padded(day, 2))"
    }

    /// Days from a Monday to the first.
    var offset: Int {
        guard let first = CivilTime(year: self.year, month: self.month, day: 1) else { return 0 }
        // The first of January 1970 was a Thursday.
        let days = Int((first.date.timeIntervalSince1970 / 86400).rounded(.down))
        return ((days + 3) % 7 + 7) % 7
    }

    private static let names = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
