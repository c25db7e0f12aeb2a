import FoundationEssentials

/// What the page says of one project.
struct ProjectSection {
    private let report: ArchiveReport

    /// Rows of a list that are seen before somebody unfolds it.
    private static let mostShown = 5

    private let days: Int
    private let months: Int
    private let images: PageImages

    /// - Parameters:
    ///   - images: of the report.
    ///   - days: that the growth is shown of.
    ///   - months: that the acquisitions are shown of.
    init(_ report: ArchiveReport, _ images: PageImages, days: Int, months: Int) {
        self.report = report
        self.images = images
        self.days = days
        self.months = months
    }

    var text: String {
        """
        <section>
        <h2>\(HTMLText.escaped(self.report.project))</h2>
        <p class="muted">\(HTMLText.escaped(self.report.host)) → \(HTMLText.escaped(self.report.directory))</p>
        \(self.verdict)
        \(self.tiles)
        \(self.expiring)
        \(self.lost)
        \(Gallery(report: self.report, images: self.images).text)
        \(CalendarFigure(self.report.acquisitions, months: self.months).text)
        \(IncompleteTable(self.report.incomplete).text)
        \(self.failed)
        \(ReasonList(self.report).text)
        \(PaceTable(self.report).text)
        \(RunStrip(self.report.runs).text)
        \(GrowthChart(self.report.days, shown: self.days, until: self.report.made).text)
        </section>
        """
    }

    private var verdict: String {
        let (mood, word) =
            switch self.report.verdict {
            case .complete: ("good", "✓ Complete")
            case .stale: ("warn", "! Not asked of late")
            case .incomplete: ("warn", "! Incomplete")
            case .damaged: ("bad", "✗ Damaged")
            case .unknown: ("warn", "? Unknown")
            }
        let asOf = self.report.asOf.map { date in
            "As HyP3 had it on \(PageTime.text(date)), \(PageTime.span(self.report.made.timeIntervalSince(date))) before this page."
        }
        return """
            <div class="verdict \(mood)"><b>\(word)</b><span>\(HTMLText.escaped(self.sentence)) \
            \(asOf ?? "HyP3 was never asked.")</span></div>
            """
    }

    private var sentence: String {
        let because = self.report.because
        return because.isEmpty ? "" : because.prefix(1).uppercased() + because.dropFirst() + "."
    }

    private var tiles: String {
        let report = self.report
        let expiring = report.expiring
        let tiles = [
            Self.tile("Archived", "\(report.files)", ByteText.decimal(report.bytes), "files"),
            Self.tile(
                "Expiring in 24 h",
                expiring.map { "\($0.within24Hours)" } ?? "unknown",
                expiring.map { "\($0.within7Days) within 7 days, not archived" } ?? "no run has left word",
                "within24",
                (expiring?.within24Hours ?? 1) > 0 ? "warn" : ""
            ),
            Self.tile(
                "Lost",
                "\(report.lost)",
                "of \(Count.of(report.lostJobs, "job")); \(report.missing) archived once and gone",
                "lost",
                report.lost > 0 ? "bad" : ""
            ),
            Self.tile(
                "Damaged",
                "\(report.verified.damaged)",
                "\(report.verified.never) never verified\(self.oldest)",
                "damaged",
                report.verified.damaged > 0 ? "bad" : ""
            ),
            Self.tile("Disk free", report.disk.free.map { ByteText.decimal($0) } ?? "unknown", self.forecast, "free"),
            Self.tile(
                "Last good run",
                report.lastSuccess.map { "\(PageTime.span(report.made.timeIntervalSince($0.ended))) ago" } ?? "none",
                report.lastSuccess.map { PageTime.text($0.ended) } ?? "no run has had success",
                "success",
                report.lastSuccess == nil ? "warn" : ""
            ),
        ]
        return "<dl class=\"tiles\">\n\(tiles.joined(separator: "\n"))\n</dl>"
    }

    private var oldest: String {
        self.report.verified.oldest.map {
            "; longest not looked at \(PageTime.span(self.report.made.timeIntervalSince($0)))"
        } ?? ""
    }

    private var forecast: String {
        guard let growth = self.report.disk.growth else { return "growth unknown" }
        let days = self.report.disk.daysLeft.map { $0 > 3650 ? "over ten years" : Count.of($0, "day") }
        return "+\(ByteText.decimal(growth)) a day\(days.map { ", enough for \($0)" } ?? "")"
    }

    private static func tile(
        _ title: String,
        _ value: String,
        _ more: String,
        _ name: String,
        _ mood: String = ""
    )
        -> String
    {
        """
        <div><dt>\(title)</dt><dd class="\(mood)" data-field="\(name)">\(HTMLText.escaped(value))\
        <small>\(HTMLText.escaped(more))</small></dd></div>
        """
    }

    private var expiring: String {
        let report = self.report
        guard report.expiring != nil else {
            return "<h3>Not archived</h3><p>Unknown: no run has left word of what is open.</p>"
        }
        let count = report.openProducts ?? 0
        guard count > 0 else { return "<h3>Not archived</h3><p class=\"good\">✓ Nothing that is wanted is open.</p>" }
        return "<h3>Not archived: \(count), soonest deletion first</h3>" + self.list(report.open, of: count)
    }

    private var lost: String {
        guard self.report.lost > 0 else { return "<h3>Lost</h3><p class=\"good\">✓ Nothing was found lost.</p>" }
        return "<h3 class=\"bad\">Lost: \(self.report.lost)</h3>"
            + self.list(self.report.lostProducts, of: self.report.lost)
    }

    private var failed: String {
        guard let count = self.report.failedJobs, count > 0 else { return "" }
        return "<h3>Jobs that failed: \(count)</h3>" + self.list(self.report.failed, of: count)
    }

    private static func reason(_ row: OpenRecord) -> String {
        let isPlain = ["fetch", "failed", "lost"].contains(row.state)
        return isPlain ? row.reason : "\(row.state): \(row.reason)"
    }

    private func list(_ rows: [OpenRecord], of count: Int) -> String {
        let lines = rows.map { row in
            let isJob = row.file.isEmpty
            let time = (isJob ? nil : row.expires).map { date in
                let left = date.timeIntervalSince(self.report.made)
                return left > 0 ? "deleted in \(PageTime.span(left))" : "deleted \(CivilTime(date).dayText)"
            }
            let name = isJob ? "\(row.jobType) \(row.jobID)" : row.file
            return """
                <li><code>\(HTMLText.escaped(name))</code><span class="num">\(time ?? "ordered \(CivilTime(row.requested).dayText)")</span>\
                <span class="muted">\(HTMLText.escaped(Self.reason(row)))</span></li>
                """
        }
        let more = count - rows.count
        let rest =
            more > 0 ? "<p class=\"muted\">and \(more) more; report --json has up to \(ArchiveReport.most)</p>" : ""
        let (first, others) = (lines.prefix(Self.mostShown), lines.dropFirst(Self.mostShown))
        let folded =
            others.isEmpty
            ? rest
            : """
            <details><summary>\(others.count) more</summary><ul>
            \(others.joined(separator: "\n"))
            </ul>\(rest)</details>
            """
        return "<ul>\n\(first.joined(separator: "\n"))\n</ul>\(folded)"
    }
}
