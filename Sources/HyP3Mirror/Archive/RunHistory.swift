package import FoundationEssentials

/// The runs so far: `runs.jsonl`. Losing it costs one full listing, and products that expire unnoticed till the next run
/// are history then, not losses.
package struct RunHistory: Sendable, Hashable {
    /// What is read of the file's end; some 10,000 runs.
    private static let depth: Int64 = 4 << 20

    let records: [RunRecord]

    package init(_ records: [RunRecord] = []) {
        self.records = records
    }

    /// Lines that cannot be read are skipped; a file that is not there is an empty history. Blocks.
    init(reading path: String, stop: StopFlag = StopFlag()) throws {
        var records: [RunRecord] = []
        try LineReader(path: path, stop: stop).readBackwards(depth: Self.depth) { line in
            if let record = JSONLines.decode(RunRecord.self, line: line.bytes), record.schema == 1 {
                records.append(record)
            }
            return true
        }
        self.init(records.reversed())
    }

    /// The last complete run of the query; nil also where it started later than now, as a clock since set back has it.
    package func lastComplete(_ query: String, now: Date) -> RunRecord? {
        self.last(query, now: now) { _ in true }
    }

    /// What earlier runs of the query say about what was lost since. Runs that started later than now, as a clock since set
    /// back has it, do not say from when on there was an archive; what they have settled is settled all the same, since
    /// that goes by HyP3's request times.
    ///
    /// - Parameter shard: the part of the jobs that these runs are about; nil means all.
    package func earlierRuns(_ query: String, now: Date, of shard: Shard? = nil) -> EarlierRuns {
        EarlierRuns(
            complete: self.records.last { $0.query == query && $0.isComplete },
            self.records.lazy.filter { $0.query == query && $0.started <= now },
            of: shard
        )
    }

    /// What the runs so far have met.
    ///
    /// - Parameter jobsKey: `ProjectSettings.jobsKey`; whether there were jobs is known of those only, suffixes and
    ///   parameters are the same whatever the jobs are called.
    package func met(_ jobsKey: String) -> EverMet {
        var met = EverMet()
        for record in self.records {
            var one = record.met ?? EverMet()
            one.hasJobs = (one.hasJobs || record.newestRequest != nil) && record.query.hasPrefix(jobsKey)
            if one != EverMet() { met.formUnion(one) }
        }
        return met
    }

    /// The runs of the query, oldest first.
    package func runs(of query: String) -> [RunRecord] { self.records.filter { $0.query == query } }

    /// The last run of the query that asked HyP3 for the jobs.
    package func lastPlanned(_ query: String) -> RunRecord? {
        self.records.last { $0.query == query && ($0.isPlanned ?? $0.isComplete) }
    }

    /// Bytes a second of the last run that fetched enough to tell; nil where there was none.
    package var lastRate: Double? {
        let last = self.records.last { ($0.bytesFetched ?? 0) >= 1_000_000 }
        return last.map { Double($0.bytesFetched ?? 0) / max(1, $0.ended.timeIntervalSince($0.started)) }
    }

    /// Where a listing may begin, without missing anything; nil means at the beginning of the query.
    ///
    /// - Parameters:
    ///   - requestedFrom: the earliest request time wanted; nil means no limit.
    ///   - fullEvery: so long after the last run that listed everything, everything is listed again: that finds jobs that
    ///     were renamed into the project, and files that were taken out of the archive.
    package func listingStart(
        query: String,
        suffixes: [String],
        requestedFrom: Date?,
        fullEvery: Duration = ProjectSettings.defaultFullEvery,
        now: Date
    ) -> Date? {
        guard let full = self.last(query, now: now, where: \.isFull),
            now.timeIntervalSince(full.started) < TimeInterval(fullEvery.components.seconds),
            let complete = self.lastComplete(query, now: now), full.started <= complete.started,
            suffixes.allSatisfy({ complete.suffixes[$0] != nil }),
            complete.requestedFrom ?? .distantPast <= requestedFrom ?? .distantPast,
            let start = complete.mattersFrom, start > requestedFrom ?? .distantPast
        else { return nil }
        return start
    }

    /// Since when each suffix is kept, for the record of a complete run that started at `started`.
    func keptSince(_ suffixes: [String], query: String, started: Date) -> [String: Date] {
        let before = self.lastComplete(query, now: started)?.suffixes ?? [:]
        return Dictionary(suffixes.map { ($0, before[$0] ?? CivilTime(started).date) }) { first, _ in first }
    }

    private func last(
        _ query: String,
        now: Date,
        where matches: (RunRecord) -> Bool
    ) -> RunRecord? {
        guard let last = self.records.last(where: { $0.query == query && $0.isComplete && matches($0) }),
            last.started <= now
        else { return nil }
        return last
    }
}
