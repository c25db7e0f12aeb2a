import FoundationEssentials

/// `report --html`: one page that needs nothing but itself, for a wall or a file.
///
/// Of what is many, the first are shown and all are counted. Whatever others wrote is escaped.
package struct ReportPage: Sendable {
    /// Rows of all projects' lists together.
    private static let rows = 300
    /// Marks of all projects' runs together.
    private static let runs = 1200
    /// Months of all projects' calendars together.
    private static let monthsOfAll = 36

    private let reports: [ArchiveReport]
    private let made: Date
    /// That the growth is shown of.
    private let days: Int
    /// That the acquisitions are shown of.
    private let months: Int
    private let images: PageImages

    /// - Parameter images: of the reports.
    package init(_ reports: [ArchiveReport], images: PageImages = PageImages()) {
        self.images = images
        let most = max(3, Self.rows / max(1, reports.count * 3))
        let marks = max(14, min(120, Self.runs / max(1, reports.count)))
        self.days = reports.count > 10 ? 30 : 90
        self.months = max(1, min(12, Self.monthsOfAll / max(1, reports.count)))
        let bounds = PageBounds(rows: most, runs: marks, days: self.days, months: self.months)
        self.reports = reports.map { $0.cut(to: bounds) }
        self.made = reports.first?.made ?? .distantPast
    }

    /// The whole document.
    ///
    /// - Throws: `UnforeseenError` for what JSON cannot hold.
    package func bytes() throws -> [UInt8] {
        let names = self.reports.map { HTMLText.escaped($0.project) }.joined(separator: ", ")
        let data =
            self.reports.count == 1
            ? try JSONOutput.bytes(self.reports[0]) : try JSONOutput.bytes(ArchiveReports(self.reports))
        let json = ForeignText.json(String(decoding: data, as: UTF8.self)).replacing("<", with: "\\u003c")
        let text = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <link rel="icon" href="data:,">
            <title>\(names): archive report</title>
            <style>\(PageStyle.text)</style>
            </head>
            <body>
            <header><h1>Archive report</h1>
            <p class="muted">Made <time>\(PageTime.text(self.made))</time> by hyp3-mirror. All times are UTC.</p></header>
            <main>
            \(self.reports.map { ProjectSection($0, self.images, days: self.days, months: self.months).text }.joined(separator: "\n"))
            </main>
            <script type="application/json" id="report">
            \(json)</script>
            </body>
            </html>

            """
        return Array(text.utf8)
    }
}

extension ArchiveReport {
    /// The same with short lists, and without what jobs are ordered with: that is for `--json`.
    fileprivate func cut(to bounds: PageBounds) -> ArchiveReport {
        func short(_ rows: [Row]) -> [Row] {
            rows.prefix(bounds.rows).map { row in
                var row = row
                row.jobParameters = nil
                row.reason = String(row.reason.unicodeScalars.prefix(200))
                row.file = String(row.file.unicodeScalars.prefix(200))
                return row
            }
        }
        var report = self
        report.open = short(self.open)
        report.lostProducts = short(self.lostProducts)
        report.failed = short(self.failed)
        report.resubmit = []
        let first = CivilTime(self.made.addingTimeInterval(-86400 * Double(bounds.days - 1))).dayText
        report.days = self.days.filter { $0.day >= first }
        report.runs = Array(self.runs.suffix(bounds.runs))
        report.acquisitions = self.acquisitions.newest(months: bounds.months)
        report.incomplete = self.incomplete.cut(to: max(3, bounds.rows / 4))
        report.failures.cut(to: max(3, bounds.rows / 8))
        return report
    }
}
