import FoundationEssentials

/// What was archived, day by day.
struct GrowthChart {
    private let shown: Int
    private let days: [ArchiveReport.Day]
    private let end: Date

    init(_ days: [ArchiveReport.Day], shown: Int, until end: Date) {
        self.shown = shown
        self.days = days
        self.end = end
    }

    var text: String {
        let byDay = Dictionary(self.days.map { ($0.day, $0) }) { first, _ in first }
        let names = (0..<self.shown).reversed().map {
            CivilTime(self.end.addingTimeInterval(-86400 * Double($0))).dayText
        }
        let shown = names.compactMap { byDay[$0] }
        guard let largest = shown.max(by: { $0.bytes < $1.bytes }), largest.bytes > 0 else {
            return "<h3>Growth</h3><p>Nothing was archived in the last \(self.shown) days.</p>"
        }
        let bars = names.enumerated().compactMap { index, name -> String? in
            guard let day = byDay[name] else { return nil }
            let height = max(2, Int(Double(day.bytes) / Double(largest.bytes) * 120))
            let title = "\(name): \(Count.of(day.products, "product")), \(ByteText.decimal(day.bytes))"
            return """
                <rect class="g" x="\(index * 10 + 1)" y="\(120 - height)" width="8" height="\(height)">\
                <title>\(title)</title></rect>
                """
        }
        let products = shown.reduce(0) { $0 + $1.products }
        let bytes = shown.reduce(Int64(0)) { $0 &+ $1.bytes }
        return """
            <h3>Archived a day, \(names.first ?? "") to \(names.last ?? "")</h3>
            <figure><svg viewBox="0 0 \(self.shown * 10) 124" role="img" aria-label="Bytes archived a day">\(bars.joined())\
            <rect class="n" x="0" y="121" width="\(self.shown * 10)" height="2"/></svg>
            <figcaption>\(Count.of(products, "product")), \(ByteText.decimal(bytes)) in all; the most on \(largest.day): \
            \(Count.of(largest.products, "product")), \(ByteText.decimal(largest.bytes))</figcaption></figure>
            """
    }
}
