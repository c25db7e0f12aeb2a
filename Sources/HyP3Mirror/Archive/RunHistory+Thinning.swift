import FoundationEssentials

/// `runs.jsonl` stays small: the older runs are, the fewer of a kind are kept.
extension RunHistory {
    /// A file of more bytes is thinned.
    static let roomForLines: Int64 = 2 << 20

    /// What makes two runs of one span say the same to whoever asks the history.
    private struct Kind: Hashable {
        var query: String
        var from: Date?
        var to: Date?
        var suffixes: Set<String>
        var traits: [Bool]
        var span: Int

        init(_ record: RunRecord, now: Date) {
            let hour = 3600.0
            let age = now.timeIntervalSince(record.started)
            let span = age < 30 * 24 * hour ? hour : age < 365 * 24 * hour ? 24 * hour : 7 * 24 * hour
            self.query = record.query
            self.from = record.requestedFrom
            self.to = record.requestedTo
            self.suffixes = Set(record.suffixes.keys)
            self.traits = [record.isComplete, record.isPlanned ?? record.isComplete, record.isFull, record.exit == 0]
            let bounded = min(max(record.started.timeIntervalSince1970, -1e11), 1e11)
            self.span = Int((bounded / span).rounded(.down)) &* 1000 &+ Int(span / hour)
        }
    }

    /// Which of the records are kept, in their order: all of two days; before that the first and the last of a kind in an
    /// hour, before a month in a day, before a year in a week. The first and the last of every kind stay whatever their
    /// age, since those are what the history is asked for.
    static func kept(_ records: [RunRecord], now: Date) -> [Int] {
        var first: [Kind: Int] = [:]
        var last: [Kind: Int] = [:]
        for (index, record) in records.enumerated() {
            let kind = Kind(record, now: now)
            if first[kind] == nil { first[kind] = index }
            last[kind] = index
        }
        var kept = Set(first.values).union(last.values)
        for (index, record) in records.enumerated() where abs(now.timeIntervalSince(record.started)) < 2 * 86400 {
            kept.insert(index)
        }
        return kept.sorted()
    }

    /// Thins the file at `path` where it has grown beyond `room`. Lines that cannot be read go. Blocks; call under the run
    /// lock.
    ///
    /// - Throws: `FilesystemError`.
    static func thin(_ path: String, room: Int64 = roomForLines, now: Date) throws {
        guard let size = try SystemCalls.size(of: path), size > room else { return }
        let records = try RunHistory(reading: path).records
        let kept = Self.kept(records, now: now)
        // What saves little is not worth writing.
        guard kept.count < records.count * 3 / 4 || size > 2 * room else { return }
        try replaceFile(at: path, with: try JSONLines.encode(kept.map { records[$0] }), through: path + ".new")
        _ = try SystemCalls.synchronizeDirectory(SystemCalls.parent(of: path))
    }
}
