import FoundationEssentials
import HyP3Mirror

/// What came of a run.
struct Result: Sendable {
    /// What the run itself says.
    struct Word: Sendable, Codable {
        var report: RunReport
        /// Paths that it says it archived, below the project's directory.
        var newFiles: [String]
    }

    let order: Order
    /// HyP3's time.
    let started: Date
    let ended: Date
    /// Nil of a run that was killed.
    let word: Word?
    let eras: [Era.Kind]

    var report: RunReport? { self.word?.report }
    var newFiles: [String] { self.word?.newFiles ?? [] }

    var description: String {
        let mode = [
            self.order.isIncremental ? "incremental" : "full", self.order.shard.map { "shard \($0)" },
            self.order.cut.map { "\($0)" },
        ]
        let name = "run (\(mode.compactMap(\.self).joined(separator: ", ")))"
        guard let report = self.report else { return "\(name) killed" }
        let stopped = report.stopped.map { ": \($0)" } ?? ""
        let rows = report.rows.filter { $0.outcome != "absent" }.map {
            "\n    \($0.outcome): \($0.file) of \($0.jobID): \($0.reason)"
        }.joined()
        return "\(name) exits \(report.exitCode.rawValue), \(report.archived) archived, products \(report.products), "
            + "outcomes \(report.outcomes), \(report.requests) requests\(stopped)\(rows)"
    }
}
