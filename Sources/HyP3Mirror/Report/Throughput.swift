import FoundationEssentials

/// Bytes a second of the runs that fetched enough to tell, listing and waiting included.
package struct Throughput: Sendable, Hashable, Codable {
    package var runs: Int
    package var median: Int64
    /// 95 % of the runs were no slower.
    package var p5: Int64

    /// A run of fewer bytes says more of its listing than of the line.
    private static let enough: Int64 = 1_000_000

    /// Nil where no run fetched enough.
    init?(_ runs: [RunRecord]) {
        let rates = runs.compactMap { run -> Int64? in
            guard let bytes = run.bytesFetched, bytes >= Self.enough else { return nil }
            return Int64(Double(bytes) / max(1, run.ended.timeIntervalSince(run.started)))
        }.sorted()
        guard !rates.isEmpty else { return nil }
        self.runs = rates.count
        self.median = rates[(rates.count - 1) / 2]
        self.p5 = rates[(rates.count - 1) * 5 / 100]
    }
}
