import FoundationEssentials

/// What shards of a project left last, where no whole run has come to know the jobs since. Blocks while it is read.
struct ShardRuns {
    /// Of the shards that have come to know their jobs, in their order.
    let directories: [ProjectDirectory]
    private let histories: [RunHistory]
    /// The other shards of as many.
    let missing: [Shard]

    /// Nil where whole runs say more.
    ///
    /// - Parameters:
    ///   - query: see `RunRecord.query`.
    ///   - whole: the runs that were no shards.
    /// - Throws: `FilesystemError`, `CancellationError`.
    init?(_ project: ProjectDirectory, query: String, newerThan whole: RunHistory, stop: StopFlag) throws {
        typealias Part = (directory: ProjectDirectory, shard: Shard, history: RunHistory, last: RunRecord)
        let parts = try project.parts(with: "runs").compactMap { directory -> Part? in
            guard let shard = directory.shard else { return nil }
            let history = try RunHistory(reading: directory.runs, stop: stop)
            return history.lastPlanned(query).map { (directory, shard, history, $0) }
        }
        // Who now shards otherwise has left the old ones behind.
        guard let newest = parts.max(by: { $0.last.started < $1.last.started }),
            newest.last.started > whole.lastPlanned(query)?.started ?? .distantPast
        else { return nil }
        let set = parts.filter { $0.shard.count == newest.shard.count }.sorted { $0.shard.index < $1.shard.index }
        self.directories = set.map(\.directory)
        self.histories = set.map(\.history)
        let there = Set(set.map(\.shard.index))
        self.missing = (1...newest.shard.count).lazy.filter { !there.contains($0) }.prefix(Self.mostMissing)
            .compactMap { try? Shard("\($0)/\(newest.shard.count)") }
    }

    /// That are told at most.
    private static let mostMissing = 100

    /// All their runs, in the order in which they ended.
    var history: RunHistory { RunHistory(self.histories.flatMap(\.records).sorted { $0.ended < $1.ended }) }

    /// The eldest of what `pick` takes of each shard: what the archive has as a whole is as old. Nil where one has none.
    func eldest(_ pick: (RunHistory) -> RunRecord?) -> RunRecord? {
        let picked = self.histories.map(pick)
        guard !picked.contains(nil) else { return nil }
        return picked.compactMap(\.self).min { $0.started < $1.started }
    }

    /// Whether every shard's last run that came to know its jobs archived all there was.
    func areComplete(_ query: String) -> Bool {
        self.missing.isEmpty && self.histories.allSatisfy { $0.lastPlanned(query)?.isComplete == true }
    }
}
