import HyP3Mirror

/// Draws how far a run is.
enum ProgressView {
    /// The lines for a window: the run, and each transfer as far as there is room. All are narrower than the window.
    static func lines(_ state: ProgressState, _ size: Terminal.Size) -> [String] {
        let lines = state.isPlanned ? Self.fetching(state, size) : Self.beginning(state)
        return lines.prefix(max(1, size.height - 1)).map { Terminal.fitted($0, width: size.width) }
    }

    /// One line, for where lines stay.
    static func line(_ state: ProgressState) -> String {
        guard state.isPlanned else { return Self.beginning(state).joined(separator: "; ") }
        return Self.figures(state).joined(separator: ", ")
    }

    /// HyP3 and the archive are read side by side.
    private static func beginning(_ state: ProgressState) -> [String] {
        let (beginning, time) = (state.beginning, DurationText.short(.seconds(state.elapsed.components.seconds)))
        if beginning.isWaitingForLock { return ["\(state.project): waiting for another run to end (\(time))"] }
        let jobs = beginning.jobs.map { "\(Count.of($0, "job")) listed" }
        let service =
            beginning.isListed
            ? "HyP3: \(jobs ?? "listed")" : "HyP3: \(jobs.map { "\($0) so far" } ?? "logging in, asking for jobs")"
        guard beginning.isReadingArchive else { return ["\(state.project): \(service) (\(time))"] }
        let archive = beginning.files.map { "archive: \(Count.of($0, "file")) read" } ?? "archive: reading"
        return ["\(state.project): \(service) (\(time))", "\(state.project): \(archive)"]
    }

    private static func fetching(_ state: ProgressState, _ size: Terminal.Size) -> [String] {
        // A third of the window is left for the lines that pass.
        let room = max(0, size.height - 1 - size.height / 3 - 1)
        let isTooMany = state.transfers.count > room
        let shown = isTooMany ? max(0, room - 1) : state.transfers.count
        var lines = [Self.overall(state, width: size.width)]
        lines += state.transfers.prefix(shown).map { Self.transfer($0, width: size.width) }
        if isTooMany, room > 0 { lines.append("  … and \(state.transfers.count - shown) more") }
        return lines
    }

    /// The bar takes what the figures leave.
    private static func overall(_ state: ProgressState, width: Int) -> String {
        let figures = Self.figures(state).joined(separator: ", ")
        let room = width - 1 - Terminal.columns(figures) - 2
        return room < 8 ? figures : "\(Self.bar(state.share, width: min(room, 40))) \(figures)"
    }

    private static func figures(_ state: ProgressState) -> [String] {
        var bytes = ByteText.decimal(state.verified)
        if let total = state.total { bytes += " of \(total.isEstimate ? "~" : "")\(ByteText.decimal(total.bytes))" }
        var figures = [bytes, "\(state.done)/\(state.wanted) products"]
        if let rate = state.rate { figures.append("\(ByteText.decimal(Int64(min(max(0, rate), 1e18))))/s") }
        if let left = state.left { figures.append("\(DurationText.short(left)) left") }
        if state.notArchived > 0 { figures.append("\(state.notArchived) not archived") }
        return figures
    }

    private static func transfer(_ reading: TransferMeter.Reading, width: Int) -> String {
        let figures: String
        switch reading.total {
        case let total? where reading.staged >= total: figures = "\(ByteText.decimal(total)), verifying"
        case let total?:
            let percent = Int(Double(max(0, reading.staged)) / Double(max(1, total)) * 100)
            figures = "\(min(99, percent)) % of \(ByteText.decimal(total))"
        case nil: figures = ByteText.decimal(reading.staged)
        }
        // Names of one project differ at their ends.
        let room = width - 1 - 2 - 2 - 22
        guard room >= 12 else { return "  \(figures)" }
        let name = Self.shortened(ForeignText.shown(reading.file), to: min(room, 90))
        return "  \(name)\(String(repeating: " ", count: max(0, min(room, 90) - Terminal.columns(name))))  \(figures)"
    }

    /// Keeps the end.
    private static func shortened(_ name: String, to room: Int) -> String {
        var kept = name[...]
        guard Terminal.columns(name) > room else { return name }
        while Terminal.columns(String(kept)) > room - 1, !kept.isEmpty { kept = kept.dropFirst() }
        return "~" + kept
    }

    private static func bar(_ share: Double, width: Int) -> String {
        let inside = max(1, width - 2)
        let full = Int(Double(inside) * share)
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: inside - full) + "]"
    }
}
