import FoundationEssentials

/// Jobs × suffixes of what is not archived, a letter a cell.
struct IncompleteTable {
    private let incomplete: IncompleteJobs

    /// Columns that fit a phone.
    private static let mostColumns = 12

    init(_ incomplete: IncompleteJobs) { self.incomplete = incomplete }

    private struct Mark {
        var letter: String
        var mood: String
        var words: String
    }

    private static func mark(_ state: String) -> Mark {
        switch ProductState(rawValue: state) {
        case .present: Mark(letter: "✓", mood: "good", words: "archived")
        case .fetch: Mark(letter: "M", mood: "warn", words: "missing, still to be had")
        case .lost: Mark(letter: "L", mood: "bad", words: "lost")
        case .missing: Mark(letter: "G", mood: "bad", words: "archived once and gone")
        case .damaged: Mark(letter: "D", mood: "bad", words: "damaged upstream")
        case .duplicateName: Mark(letter: "N", mood: "warn", words: "name taken")
        case .unsafeName: Mark(letter: "U", mood: "warn", words: "unsafe name")
        default: Mark(letter: "?", mood: "warn", words: "perhaps where the archive could not be read")
        }
    }

    var text: String {
        let table = self.incomplete
        guard table.jobs > 0 else { return "" }
        let columns = Array(table.columns.prefix(Self.mostColumns))
        let heads = columns.indices.map { "<th scope=\"col\">\($0 + 1)</th>" }.joined()
        let rows = table.rows.map { self.line($0, columns) }
        let sums = columns.map { column in "<td>\(column.states.values.reduce(0, +))</td>" }.joined()
        let more = table.jobs - table.rows.count
        let list = columns.enumerated().map { number, column in
            "<b>\(number + 1)</b> <code>\(column.suffix.isEmpty ? "not known any more" : HTMLText.escaped(column.suffix))</code>"
        }
        let hidden = table.columns.count - columns.count
        return """
            <h3>Not complete, by job and suffix: <span data-field="incomplete">\(table.jobs)</span> \
            \(table.jobs == 1 ? "job" : "jobs")</h3>
            <p class="small">\(list.joined(separator: " · "))\
            \(hidden > 0 ? " · and \(Count.of(hidden, "suffix")) more" : "")</p>
            <table class="matrix" style="--columns:\(columns.count)"><thead><tr><th scope="col">Job</th>\(heads)</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>
            <tfoot><tr><th scope="row">Products not archived, all \(table.jobs)</th>\(sums)</tr></tfoot></table>
            <p class="muted small">\(self.legend); · not made, absent, or nothing known of it\
            \(more > 0 ? ". And \(Count.of(more, "job")) more; report --json has up to \(ArchiveReport.most)" : "").</p>
            """
    }

    private func line(_ row: IncompleteJobs.Row, _ columns: [IncompleteJobs.Column]) -> String {
        let cells = columns.map { column -> String in
            guard let state = row.states[column.suffix] else { return "<td class=\"muted\">·</td>" }
            let mark = Self.mark(state)
            return "<td class=\"\(mark.mood)\">\(mark.letter)</td>"
        }
        return """
            <tr><th scope="row"><code>\(HTMLText.escaped(row.stem))</code></th>\(cells.joined())</tr>
            """
    }

    private var legend: String {
        let states = Set(self.incomplete.rows.flatMap(\.states.values))
        var told: Set<String> = []
        return ProductState.allCases.compactMap { state -> String? in
            guard states.contains(state.rawValue) else { return nil }
            let mark = Self.mark(state.rawValue)
            guard told.insert(mark.letter).inserted else { return nil }
            return "<span class=\"\(mark.mood)\">\(mark.letter)</span> \(mark.words)"
        }.joined(separator: " · ")
    }
}

extension IncompleteJobs {
    /// The same with so many rows.
    func cut(to rows: Int) -> IncompleteJobs {
        var table = self
        table.rows = self.rows.prefix(rows).map { row in
            var row = row
            row.stem = String(row.stem.prefix(200))
            return row
        }
        table.columns = Array(self.columns.prefix(40))
        return table
    }
}
