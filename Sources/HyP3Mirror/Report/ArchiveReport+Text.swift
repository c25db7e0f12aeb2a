import FoundationEssentials

extension ArchiveReport {
    /// The five lines, without their ends.
    package var lines: [String] {
        [
            "\(self.shownProject): \(self.verdict.rawValue) as of \(self.asOfText): \(ForeignText.shown(self.because)); "
                + "\(Count.of(self.files, "product")), \(ByteText.decimal(self.bytes))",
            "last good run: \(self.lastRunText)", "expiring unarchived: \(self.expiringText)",
            "lost: \(self.lostText)", "disk: \(self.diskText); \(self.verifiedText)",
        ]
    }

    /// One line, for a call with several projects.
    package var line: String {
        "\(self.shownProject): \(self.verdict.rawValue) as of \(self.asOfText), "
            + "\(Count.of(self.files, "product")) (\(ByteText.decimal(self.bytes))), expiring: \(self.shortExpiring), "
            + "\(self.lost) lost, \(self.verified.damaged) damaged"
    }

    private var shownProject: String { ForeignText.shown(self.project) }

    private var asOfText: String {
        guard let asOf = self.asOf else { return "never" }
        return "\(CivilTime(asOf).text) (\(Self.ago(self.made.timeIntervalSince(asOf))))"
    }

    private var lastRunText: String {
        let last = self.lastRun.map { run in
            run == self.lastSuccess
                ? "" : "; the last run ended \(CivilTime(run.ended).text) with exit status \(run.exitCode)"
        }
        guard let good = self.lastSuccess else { return "none\(last ?? "")" }
        return "\(CivilTime(good.ended).text) (\(Self.ago(self.made.timeIntervalSince(good.ended))))\(last ?? "")"
    }

    private var shortExpiring: String {
        self.expiring.map { "\($0.within24Hours) within 24 h, \($0.within7Days) within 7 days" } ?? "unknown"
    }

    private var expiringText: String {
        guard let expiring = self.expiring else { return "unknown; no run has left word of what is open" }
        var text = self.shortExpiring
        if expiring.overdue > 0 { text += ", \(expiring.overdue) since HyP3 was asked" }
        let next = self.open.first { $0.state == ProductState.fetch.rawValue && $0.expires ?? .distantPast > self.made }
        guard let next, let expires = next.expires else { return text }
        return
            "\(text); first \(ForeignText.shown(next.file)) at \(CivilTime(expires).text): \(ForeignText.shown(next.reason))"
    }

    private var lostText: String {
        var parts: [String] = []
        if self.lost > 0 { parts.append("\(Count.of(self.lost, "product")) of \(Count.of(self.lostJobs, "job"))") }
        if self.missing > 0 { parts.append("\(self.missing) archived once and gone") }
        if let failed = self.failedJobs, failed > 0 { parts.append("\(Count.of(failed, "job")) failed") }
        if !self.resubmit.isEmpty {
            parts.append("\(Count.of(self.resubmit.count, "job")) to be ordered again in --json (resubmit)")
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    private var diskText: String {
        guard let free = self.disk.free else { return "the file system does not say what is free" }
        var text = "\(ByteText.decimal(free)) free"
        guard let growth = self.disk.growth else { return text }
        text += ", growing by \(ByteText.decimal(growth)) a day"
        if let days = self.disk.daysLeft { text += ", enough for \(days > 3650 ? "ten years" : Count.of(days, "day"))" }
        return text
    }

    private var verifiedText: String {
        guard self.files > 0 else { return "nothing to verify" }
        if self.verified.never == self.files { return "never verified" }
        let oldest = self.verified.oldest.map { Self.ago(self.made.timeIntervalSince($0)) } ?? "unknown"
        let never = self.verified.never > 0 ? ", \(self.verified.never) not since they were archived" : ""
        return "verified: the oldest look \(oldest)\(never), \(self.verified.damaged) damaged"
    }

    /// `3 h ago`; what lies ahead, as a clock since set back has it, is told as such.
    static func ago(_ seconds: TimeInterval) -> String {
        if seconds < -60 { return "in the future: this machine's clock may be wrong" }
        let span = Duration.seconds(Int64(min(max(0, seconds), 1e11)))
        return "\(DurationText.short(span)) ago"
    }
}

extension ArchiveReports {
    /// A line each, then the sum, without their ends; of one project the five lines.
    package var lines: [String] {
        if self.projects.count == 1, let one = self.projects.first { return one.lines }
        func sum(_ value: (ArchiveReport) -> Int) -> Int { self.projects.reduce(0) { $0 + value($1) } }
        let verdicts = ArchiveReport.Verdict.allCases.compactMap { verdict in
            let count = self.projects.count { $0.verdict == verdict }
            return count > 0 ? "\(count) \(verdict.rawValue)" : nil
        }
        let bytes = self.projects.reduce(Int64(0)) { $0 &+ $1.bytes }
        let unknown = self.projects.count { $0.expiring == nil }
        let total =
            "all \(self.projects.count) projects: \(verdicts.joined(separator: ", ")); "
            + "\(Count.of(sum(\.files), "product")) (\(ByteText.decimal(bytes))), expiring: "
            + "\(sum { $0.expiring?.within24Hours ?? 0 }) within 24 h, \(sum { $0.expiring?.within7Days ?? 0 }) within 7 days"
            + (unknown > 0 ? " (unknown of \(unknown))" : "")
            + ", \(sum(\.lost)) lost, \(sum(\.verified.damaged)) damaged"
        return self.projects.map(\.line) + [total]
    }
}
