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

extension OpenHeader {
    /// Of both together, as of the older one: of two shards each of which has listed all jobs.
    func adding(_ other: OpenHeader) -> OpenHeader {
        var sum = self
        sum.asOf = min(self.asOf, other.asOf)
        sum.ended = max(self.ended, other.ended)
        sum.jobs = max(self.jobs, other.jobs)
        sum.unreadableJobs += other.unreadableJobs
        sum.products.merge(other.products) { $0 + $1 }
        sum.dropped += other.dropped
        return sum
    }
}
