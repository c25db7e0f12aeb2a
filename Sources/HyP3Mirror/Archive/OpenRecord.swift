package import FoundationEssentials

/// The first line of `open.jsonl`: of which run the lines that follow are, and what it came to.
package struct OpenHeader: Sendable, Hashable, Codable {
    package var schema = 1
    /// When HyP3 was asked for its jobs, and when the run ended (both UTC, whole seconds).
    package var asOf: Date
    package var ended: Date
    /// See `RunRecord.query`.
    package var query: String
    /// Jobs that were listed, and those of them that could not be read.
    package var jobs: Int
    package var unreadableJobs: Int
    /// Only jobs requested since then were listed; nil means all of the query.
    package var listedFrom: Date?
    /// Wanted products as they stood when the run had ended, by `ProductState`.
    package var products: [String: Int]
    /// Lines that there was no room for.
    package var dropped = 0

    private enum CodingKeys: String, CodingKey {
        case schema, ended, query, jobs, products, dropped
        case asOf = "as_of"
        case unreadableJobs = "unreadable_jobs"
        case listedFrom = "listed_from"
    }

    package init(asOf: Date, ended: Date, query: String, jobs: Int, unreadableJobs: Int, products: [String: Int]) {
        self.asOf = CivilTime(asOf).date
        self.ended = CivilTime(ended).date
        self.query = query
        self.jobs = jobs
        self.unreadableJobs = unreadableJobs
        self.products = products
    }
}

/// A product that is wanted and not archived, or a job that failed: a line of `open.jsonl`.
package struct OpenRecord: Sendable, Hashable, Codable {
    /// `fetch` for what is still to be had, `failed` for a job, or another `ProductState`.
    package var state: String
    /// Empty for a job.
    package var file: String
    package var jobID: String
    package var jobType: String
    package var jobName: String?
    /// Nil where they were not kept, or are longer than `AbsenceRecord.longestOrder`.
    package var jobParameters: JSONValue?
    /// When the job was submitted, and when HyP3 deletes its products; nil means never, or not said (UTC).
    package var requested: Date
    package var expires: Date?
    /// One clause.
    package var reason: String

    private enum CodingKeys: String, CodingKey {
        case state, file, requested, expires, reason
        case jobID = "job_id"
        case jobType = "job_type"
        case jobName = "job_name"
        case jobParameters = "job_parameters"
    }

    package init(_ provenance: Provenance, state: String, file: String, reason: String) {
        self.state = state
        self.file = file
        self.jobID = provenance.jobID
        self.jobType = provenance.jobType
        self.jobName = provenance.jobName
        self.jobParameters = provenance.order
        self.requested = provenance.requested
        self.expires = provenance.expires
        self.reason = reason
    }
}

/// `open.jsonl` of a project: what the last run that planned left open. Written anew by each, by rename; losing it means
/// that nothing is known of what is open until the next run. Blocks.
struct OpenFile {
    /// What is read at most.
    private static let mostBytes: Int64 = 64 << 20

    let path: String
    var stop = StopFlag()

    /// - Returns: nil where there is none, or it is of another kind.
    /// - Throws: `FilesystemError`, `CancellationError`, what `body` throws.
    func read(_ body: (OpenRecord) throws -> Void) throws -> OpenHeader? {
        var header: OpenHeader?
        var isFirst = true
        try LineReader(path: self.path, stop: self.stop).read(upTo: Self.mostBytes) { line in
            if isFirst {
                isFirst = false
                let found = JSONLines.decode(OpenHeader.self, line: line.bytes)
                header = found?.schema == 1 ? found : nil
            } else if header != nil, let record = JSONLines.decode(OpenRecord.self, line: line.bytes) {
                try body(record)
            }
        }
        return header
    }
}

extension Provenance {
    /// The job's parameters, to order it again; nil where they were not kept, or are too long.
    var order: JSONValue? {
        self.parametersJSON.flatMap { text in
            guard text.utf8.count <= AbsenceRecord.longestOrder else { return nil }
            return try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        }
    }
}
