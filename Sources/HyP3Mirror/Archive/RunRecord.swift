package import FoundationEssentials

/// A run that ended: a line of `runs.jsonl`. All times UTC, whole seconds.
package struct RunRecord: Sendable, Hashable, Codable {
    package var schema = 1
    package var started: Date
    package var ended: Date
    /// Exit status.
    package var exit: Int32
    /// Whether every job of the query was listed and planned, none was newly found unreadable, and nothing failed or was left.
    package var isComplete: Bool
    /// Whether the jobs of the query were listed and planned, whatever came of it; nil in what earlier versions wrote.
    package var isPlanned: Bool?
    /// Whether it listed from the beginning of its query.
    package var isFull: Bool
    /// What the run was about apart from request times and suffixes; only runs of the same query say anything about each
    /// other.
    package var query: String
    /// The wanted request times; nil is open.
    package var requestedFrom: Date?
    package var requestedTo: Date?
    /// Where an incremental run began to list; nil for others.
    package var listedFrom: Date?
    /// Suffixes as configured; of a complete run with the start of the first complete one that wanted each, in an unbroken
    /// row up to this; of another one that planned with its own.
    package var suffixes: [String: Date]
    /// The earliest request time of a job that was not final then, or had a product that is to be asked for again; nil
    /// without any.
    package var openSince: Date?
    /// The latest request time seen (by HyP3's clock); nil without any job.
    package var newestRequest: Date?
    /// Bytes of products that came over the network; nil in what earlier versions wrote.
    package var bytesFetched: Int64?
    /// What this run and those before it met of what this one asked for; nil in what earlier versions wrote.
    package var met: EverMet?

    private enum CodingKeys: String, CodingKey {
        case schema, started, ended, exit, query, suffixes, met
        case isComplete = "complete"
        case isPlanned = "planned"
        case isFull = "full"
        case requestedFrom = "requested_from"
        case requestedTo = "requested_to"
        case listedFrom = "listed_from"
        case openSince = "open_since"
        case newestRequest = "newest_request"
        case bytesFetched = "bytes_fetched"
    }

    package init(started: Date, ended: Date, exit: Int32, isComplete: Bool, isFull: Bool, query: String) {
        self.started = CivilTime(started).date
        self.ended = CivilTime(ended).date
        self.exit = exit
        self.isComplete = isComplete
        self.isFull = isFull
        self.query = query
        self.suffixes = [:]
    }
}

extension ProjectSettings {
    /// See `RunRecord.query`.
    var queryKey: String {
        let acquired = [self.acquired.start, self.acquired.end].map { $0.map { CivilTime($0).text } ?? "" }
        return self.jobsKey + acquired.joined(separator: "\t")
    }

    /// What `queryKey` begins with: whose jobs of what name and type, whenever acquired.
    var jobsKey: String {
        ["\(self.host)", self.name, self.jobType ?? "", self.userID ?? "", ""].joined(separator: "\t")
    }
}
