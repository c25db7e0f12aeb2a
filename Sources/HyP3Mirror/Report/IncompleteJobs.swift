package import FoundationEssentials

/// Jobs with a product that is not archived, by suffix.
package struct IncompleteJobs: Sendable, Hashable, Codable {
    /// A wanted suffix, and how many products of it are not archived, by state.
    package struct Column: Sendable, Hashable, Codable {
        /// As configured; of products whose suffix nobody knows any more, empty.
        package var suffix: String
        package var states: [String: Int] = [:]
    }

    /// A job, or the part of one whose products share a name.
    package struct Row: Sendable, Hashable, Codable {
        package var jobID: String
        /// What its products' names begin with; of one whose suffix nobody knows any more, the whole name.
        package var stem: String
        package var requested: Date
        package var expires: Date?
        /// The state of a product, by the column's suffix: of the products that are not archived, and `present` where the
        /// manifest has it. What the job does not make, and what is absent, has none.
        package var states: [String: String] = [:]

        private enum CodingKeys: String, CodingKey {
            case stem, requested, expires, states
            case jobID = "job_id"
        }
    }

    private struct Key: Hashable {
        var jobID: String
        var stem: String
    }

    /// Jobs in all.
    package var jobs = 0
    package var columns: [Column] = []
    /// What HyP3 deletes soonest first, then what is gone, the last found first.
    package var rows: [Row] = []

    package init() {}

    /// - Parameters:
    ///   - open: soonest deletion first.
    ///   - lost: the last found first.
    ///   - suffixes: as configured.
    init(open: [OpenRecord], lost: [OpenRecord], suffixes: [SuffixTemplate], known: KnownFiles) {
        let names = SuffixColumns(suffixes)
        var counts: [String: [String: Int]] = [:]
        var places: [Key: Int] = [:]
        var parameters: [Int: JSONValue] = [:]
        for record in open + lost where !record.file.isEmpty {
            let (stem, column) = names.split(record)
            counts[column, default: [:]][record.state, default: 0] += 1
            let key = Key(jobID: record.jobID, stem: stem)
            if let place = places[key] {
                if place < self.rows.count { self.rows[place].states[column] = record.state }
                continue
            }
            let place = places.count
            places[key] = place
            guard place < ArchiveReport.most else { continue }
            parameters[place] = record.jobParameters
            var row = Row(
                jobID: record.jobID,
                stem: stem,
                requested: record.requested,
                expires: record.expires
            )
            row.states[column] = record.state
            self.rows.append(row)
        }
        self.jobs = places.count
        let others = counts.keys.filter { !names.configured.contains($0) }.sorted { $0 > $1 }
        self.columns = (names.configured + others).map { Column(suffix: $0, states: counts[$0] ?? [:]) }
        if places.isEmpty { self.columns = [] }
        for place in self.rows.indices {
            for (column, suffix) in names.suffixes(of: parameters[place]) where self.rows[place].states[column] == nil {
                guard known.hasName(ByteStrings.hash(self.rows[place].stem + suffix)) else { continue }
                self.rows[place].states[column] = ProductState.present.rawValue
            }
        }
    }
}
