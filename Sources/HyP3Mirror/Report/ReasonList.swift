/// Why what is open is open, and what runs ended with.
struct ReasonList {
    private let report: ArchiveReport

    init(_ report: ArchiveReport) { self.report = report }

    var text: String {
        let failures = self.report.failures
        let most = failures.reasons.first?.count ?? 0
        guard most > 0 || failures.exits.contains(where: { $0.exitCode != 0 }) else { return "" }
        let lines = failures.reasons.map { reason in
            let share = max(1, reason.count * 100 / max(1, most))
            return """
                <li><span>\(HTMLText.escaped(reason.reason)) <span class="muted">\(Self.word(reason.state))</span></span>\
                <b class="num">\(reason.count)</b>\
                <svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">\
                <rect class="\(Self.kind(reason.state))" width="\(share)" height="3"/></svg></li>
                """
        }
        let rest = failures.others > 0 ? "<p class=\"muted\">and \(failures.others) for other reasons</p>" : ""
        let sum = failures.reasons.reduce(0) { $0 + $1.count } + failures.others
        let list = """
            <h3>By reason: <span data-field="reasons">\(sum)</span></h3>
            <ul class="reasons">\(lines.joined(separator: "\n"))</ul>\(rest)
            """
        return (lines.isEmpty ? "" : list) + self.exits
    }

    private var exits: String {
        let bad = self.report.failures.exits.filter { $0.exitCode != 0 }
        guard !bad.isEmpty else { return "" }
        let runs = self.report.failures.exits.reduce(0) { $0 + $1.runs }
        let lines = bad.map { exit in
            let meaning = RunStatus(rawValue: exit.exitCode)?.meaning ?? "a status that this version does not know"
            return """
                <li><span>\(exit.exitCode): \(meaning)</span><b class="num">\(exit.runs)</b>\
                <span class="muted">last \(PageTime.text(exit.last))</span></li>
                """
        }
        return """
            <h3>Runs without success: \(bad.reduce(0) { $0 + $1.runs }) of \(runs) on record, by exit status</h3>
            <ul class="reasons">\(lines.joined(separator: "\n"))</ul>
            """
    }

    private static func word(_ state: String) -> String {
        switch state {
        case "fetch": "not archived yet"
        case "failed": "job"
        default: HTMLText.escaped(state)
        }
    }

    private static func kind(_ state: String) -> String {
        ["lost", "missing", "damaged", "failed"].contains(state) ? "b" : "w"
    }
}

extension FailureReasons {
    /// Leaves so many reasons, and counts the rest.
    mutating func cut(to most: Int) {
        self.others += self.reasons.dropFirst(most).reduce(0) { $0 + $1.count }
        self.reasons = self.reasons.prefix(most).map { reason in
            var reason = reason
            reason.reason = String(reason.reason.prefix(200))
            return reason
        }
    }
}
