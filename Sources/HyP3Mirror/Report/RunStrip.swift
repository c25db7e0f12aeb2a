/// The last runs, one mark each.
struct RunStrip {
    private let runs: [ArchiveReport.Run]

    init(_ runs: [ArchiveReport.Run]) { self.runs = runs }

    var text: String {
        guard !self.runs.isEmpty else { return "<h3>Runs</h3><p>None yet.</p>" }
        let width = max(60, self.runs.count)
        let marks = self.runs.enumerated().map { index, run in
            // Height says the same as colour.
            let (kind, height) = Self.kind(run.exitCode)
            let title = "\(PageTime.text(run.ended)), exit status \(run.exitCode)"
            return """
                <rect class="\(kind)" x="\(index * 10 + 1)" y="\(40 - height)" width="8" height="\(height)">\
                <title>\(title)</title></rect>
                """
        }
        func count(_ kind: String) -> Int { self.runs.count { Self.kind($0.exitCode).class == kind } }
        return """
            <h3>The last \(self.runs.count == 1 ? "run" : "\(self.runs.count) runs"), oldest first</h3>
            <figure><svg viewBox="0 0 \(width * 10) 40" role="img" aria-label="Runs">\(marks.joined())</svg>
            <figcaption><span class="good key">\(count("g")) with success (low)</span> · \
            <span class="warn key">\(count("w")) left something open (middle)</span> · \
            <span class="bad key">\(count("b")) failed (high)</span></figcaption></figure>
            """
    }

    private static func kind(_ exit: Int32) -> (class: String, height: Int) {
        switch exit {
        case 0: ("g", 14)
        case 1, 75, 129, 130, 143: ("w", 26)
        default: ("b", 40)
        }
    }
}
