import FoundationEssentials

/// How long products took, and what the line carried.
struct PaceTable {
    private let report: ArchiveReport

    init(_ report: ArchiveReport) { self.report = report }

    var text: String {
        guard let latency = self.report.latency, let since = latency.since else { return "" }
        let rows = [
            Self.row("Ordered → made by HyP3", latency.requestedToPublished, latency.products),
            Self.row("Made → archived", latency.publishedToArchived, latency.products),
            Self.row("Ordered → archived", latency.requestedToArchived, latency.products),
        ]
        return """
            <h3>From order to archive, of the last \(latency.products == 1 ? "product" : "\(latency.products) products")</h3>
            <table class="pace"><thead><tr><th scope="col"></th><th scope="col">median</th>\
            <th scope="col">95 % within</th></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody></table>
            <p class="muted small">Archived since \(PageTime.text(since)). Made is when the file was put where HyP3 offers it, \
            as its host says.\(self.throughput)</p>
            """
    }

    private static func row(_ words: String, _ spread: Latency.Spread?, _ all: Int) -> String {
        guard let spread else {
            let unknown = "<td class=\"muted\">unknown</td>"
            return "<tr><th scope=\"row\">\(words)</th>\(unknown)\(unknown)</tr>"
        }
        let of = spread.products < all ? " <small class=\"muted\">known of \(spread.products)</small>" : ""
        return """
            <tr><th scope="row">\(words)\(of)</th><td>\(PageTime.span(TimeInterval(spread.median)))</td>\
            <td>\(PageTime.span(TimeInterval(spread.p95)))</td></tr>
            """
    }

    private var throughput: String {
        guard let throughput = self.report.throughput else {
            return " No run on record fetched enough to tell its pace."
        }
        let runs = throughput.runs == 1 ? "the one run that" : "\(throughput.runs) runs that"
        return " Of \(runs) fetched over 1 MB, the median carried \(ByteText.decimal(throughput.median))/s, "
            + "listing and waiting included, and 95 % at least \(ByteText.decimal(throughput.p5))/s."
    }
}
