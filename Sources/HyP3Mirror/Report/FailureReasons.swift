package import FoundationEssentials

/// Why products are not archived and jobs failed, and what the runs ended with, the most frequent first.
package struct FailureReasons: Sendable, Hashable, Codable {
    package struct Reason: Sendable, Hashable, Codable {
        /// As in the lists.
        package var state: String
        /// One clause, with `…` for what differs from product to product.
        package var reason: String
        /// Products; of jobs that failed, jobs.
        package var count: Int
    }

    /// An exit status of runs.
    package struct Exit: Sendable, Hashable, Codable {
        package var exitCode: Int32
        package var runs: Int
        /// When the last of them ended (UTC).
        package var last: Date

        private enum CodingKeys: String, CodingKey {
            case runs, last
            case exitCode = "exit_code"
        }
    }

    /// Reasons that are told apart at most; the rest is counted under `others`.
    static let most = 50

    package var reasons: [Reason] = []
    /// Products and jobs of other reasons.
    package var others = 0
    /// Of the runs on record.
    package var exits: [Exit] = []

    package init() {}

    /// - Parameters:
    ///   - rows: products that are not archived, jobs that failed, products that were lost.
    ///   - runs: of the project.
    init(_ rows: [OpenRecord], _ runs: [RunRecord]) {
        var counts: [Reason: Int] = [:]
        for row in rows {
            let kind = Reason(state: row.state, reason: Self.kind(of: row.reason), count: 0)
            guard counts.count < 10_000 || counts[kind] != nil else {
                self.others += 1
                continue
            }
            counts[kind, default: 0] += 1
        }
        let ordered = counts.map { kind, count in Reason(state: kind.state, reason: kind.reason, count: count) }
            .sorted { ($1.count, $0.state, $0.reason) < ($0.count, $1.state, $1.reason) }
        self.reasons = Array(ordered.prefix(Self.most))
        self.others += ordered.dropFirst(Self.most).reduce(0) { $0 + $1.count }
        var exits: [Int32: Exit] = [:]
        for run in runs {
            let before = exits[run.exit]
            exits[run.exit] = Exit(
                exitCode: run.exit,
                runs: (before?.runs ?? 0) + 1,
                last: max(before?.last ?? run.ended, run.ended)
            )
        }
        self.exits = exits.values.sorted { ($1.runs, $0.exitCode) < ($0.runs, $1.exitCode) }
    }

    /// A reason without what is one product's own: URLs keep their hosts, and words with many digits are left out.
    static func kind(of reason: String) -> String {
        String(reason.unicodeScalars.prefix(500)).split(separator: " ", omittingEmptySubsequences: false).map {
            word -> String in
            if let scheme = word.firstRange(of: "://") {
                let rest = word[scheme.upperBound...]
                guard let slash = rest.firstIndex(of: "/") else { return String(word) }
                return "\(word[..<slash])/…\(word.last == ":" ? ":" : "")"
            }
            guard word.utf8.count(where: { $0 &- UInt8(ascii: "0") < 10 }) >= 4 else { return String(word) }
            let end = word.last.flatMap { ",;:.".contains($0) ? $0 : nil }
            return "…\(end.map(String.init) ?? "")"
        }.joined(separator: " ")
    }
}
