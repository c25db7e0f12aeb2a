/// The acquisitions, a cell a day and a block a month. A letter or number in each cell says the same as its colour.
struct CalendarFigure {
    private let acquisitions: Acquisitions
    private let months: Int

    /// Days that are not complete and named beneath at most.
    private static let mostNamed = 12
    private static let (width, height, top) = (24, 27, 14)

    init(_ acquisitions: Acquisitions, months: Int) {
        self.acquisitions = acquisitions.newest(months: months)
        self.months = months
    }

    var text: String {
        let undated = self.acquisitions.undated
        let without = undated > 0 ? " \(Count.of(undated, "product")) of no day that the name tells." : ""
        guard let first = self.acquisitions.days.first?.day, let last = self.acquisitions.days.last?.day,
            var month = PageMonth(ofDay: first), let end = PageMonth(ofDay: last)?.next
        else {
            return "<h3>Acquisitions</h3><p>None that is archived, open or lost.\(without)</p>"
        }
        let byDay = Dictionary(self.acquisitions.days.map { ($0.day, $0) }) { first, _ in first }
        var blocks: [String] = []
        while month != end, blocks.count < self.months {
            blocks.append(Self.block(month, byDay))
            month = month.next
        }
        return """
            <h3>Acquisitions by day, \(first) to \(last)</h3>
            <figure data-section="acquisitions"><div class="months">\(blocks.joined(separator: "\n"))</div>
            <figcaption>\(self.legend).\(without)</figcaption></figure>
            \(self.named)
            """
    }

    private var legend: String {
        let sum = self.acquisitions.total
        func days(_ standing: Acquisitions.Standing) -> Int {
            self.acquisitions.days.count { $0.standing == standing }
        }
        func key(_ mood: String, _ standing: Acquisitions.Standing, _ words: String) -> String {
            """
            <span class="\(mood) key"><span class="num" data-field="days-\(standing.rawValue)">\(days(standing))</span> \
            \(words)</span>
            """
        }
        return [
            key("good", .complete, "days complete (the number of products)"),
            key("warn", .partial, "partial (P)"), key("open", .missing, "missing (M)"),
            key("bad", .lost, "with a loss (L)"),
        ].joined(separator: " · ")
            + "<br>" + """
                <span data-field="archived">\(sum.archived)</span> archived, \
                <span data-field="open">\(sum.open)</span> open, <span data-field="damaged">\(sum.damaged)</span> damaged, \
                <span data-field="lost">\(sum.lost)</span> lost; of jobs that have not ended nothing is known
                """
    }

    private static func block(_ month: PageMonth, _ days: [String: Acquisitions.Day]) -> String {
        var cells = ""
        for number in 1...month.days {
            let place = month.offset + number - 1
            let (x, y) = (place % 7 * Self.width, Self.top + place / 7 * Self.height)
            guard let day = days[month.day(number)] else {
                cells += "<text class=\"d\" x=\"\(x + 3)\" y=\"\(y + 9)\">\(number)</text>"
                continue
            }
            let (kind, mark) = Self.mark(day)
            cells += """
                <g class="\(kind)"><title>\(Self.words(day))</title>\
                <rect x="\(x)" y="\(y)" width="\(Self.width - 2)" height="\(Self.height - 2)"/>\
                <text class="d" x="\(x + 3)" y="\(y + 9)">\(number)</text>\
                <text x="\(x + 11)" y="\(y + 21)">\(mark)</text></g>
                """
        }
        let weekdays = ["M", "T", "W", "T", "F", "S", "S"].enumerated().map { place, letter in
            "<text class=\"d\" x=\"\(place * Self.width + 3)\" y=\"9\">\(letter)</text>"
        }
        let rows = (month.offset + month.days + 6) / 7
        return """
            <div><b>\(month.title)</b><svg class="month" viewBox="0 0 \(7 * Self.width - 2) \(Self.top + rows * Self.height)" \
            role="img" aria-label="\(month.title)">\(weekdays.joined())\(cells)</svg></div>
            """
    }

    private static func mark(_ day: Acquisitions.Day) -> (kind: String, mark: String) {
        switch day.standing {
        case .complete: ("g", day.archived < 1000 ? "\(day.archived)" : "\(min(99, day.archived / 1000))k")
        case .partial: ("w", "P")
        case .missing: ("o", "M")
        case .lost: ("b", "L")
        }
    }

    private static func words(_ day: Acquisitions.Day) -> String {
        let parts = [(day.archived, "archived"), (day.open, "open"), (day.damaged, "damaged"), (day.lost, "lost")]
        return "\(day.day): \(parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", "))"
    }

    /// The days that are not complete, for who cannot point at a cell.
    private var named: String {
        let days = self.acquisitions.days.filter { $0.standing != .complete }
        guard !days.isEmpty else { return "" }
        let lines = days.suffix(Self.mostNamed).reversed().map { Self.words($0) }
        let more = days.count - lines.count
        return """
            <p class="muted small num">Not complete, newest first: \(lines.joined(separator: "; "))\
            \(more > 0 ? "; and \(Count.of(more, "day")) more" : "").</p>
            """
    }
}
