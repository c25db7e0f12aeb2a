package import FoundationEssentials

/// What an archive holds, what is at risk and what was lost, as `report --json` writes it.
///
/// What is not known is left out: nothing here is taken for well because nobody looked. `config/report-schema.json` tells of
/// each field.
package struct ArchiveReport: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        /// Every wanted product that HyP3 had when it was last asked is archived.
        case complete
        /// The same, and it is long ago that HyP3 was asked.
        case stale
        /// Something wanted is not archived.
        case incomplete
        /// Files of the archive are not what was archived.
        case damaged
        /// No run has asked HyP3 for what is wanted now.
        case unknown
    }

    package struct Run: Sendable, Hashable, Codable {
        package var started: Date
        package var ended: Date
        package var exitCode: Int32
        /// Whether it asked HyP3 for the jobs, and planned.
        package var isPlanned: Bool
        package var bytesFetched: Int64?

        private enum CodingKeys: String, CodingKey {
            case started, ended
            case exitCode = "exit_code"
            case isPlanned = "planned"
            case bytesFetched = "bytes_fetched"
        }

        init(_ record: RunRecord) {
            self.started = record.started
            self.ended = record.ended
            self.exitCode = record.exit
            self.isPlanned = record.isPlanned ?? record.isComplete
            self.bytesFetched = record.bytesFetched
        }
    }

    package struct Expiring: Sendable, Hashable, Codable {
        package var within24Hours = 0
        package var within72Hours = 0
        package var within7Days = 0
        /// Those whose last day was after HyP3 was asked, and is over.
        package var overdue = 0
        package var first: Date?

        private enum CodingKeys: String, CodingKey {
            case overdue, first
            case within24Hours = "within_24_hours"
            case within72Hours = "within_72_hours"
            case within7Days = "within_7_days"
        }
    }

    package struct Disk: Sendable, Hashable, Codable {
        /// Bytes that may still be written, and all there are; nil where the file system does not say.
        package var free: Int64?
        package var size: Int64?
        /// Bytes a day that were archived of late; nil without a product.
        package var growth: Int64?
        /// Days until it is full at that growth; nil where it does not grow, or nobody knows.
        package var daysLeft: Int?

        private enum CodingKeys: String, CodingKey {
            case free, size, growth
            case daysLeft = "days_left"
        }
    }

    package struct Verified: Sendable, Hashable, Codable {
        /// Products on record, those never verified since they were archived, and those whose last look found damage.
        package var files = 0
        package var never = 0
        package var damaged = 0
        /// When the product that was not looked at for longest was verified, or archived; nil without any.
        package var oldest: Date?
    }

    /// A product or job of a list, with what its job was ordered with.
    package typealias Row = OpenRecord

    /// A job to be ordered again, in the form of `hyp3_sdk`'s `submit_prepared_jobs`.
    package struct Order: Sendable, Hashable, Codable {
        package var name: String?
        package var jobType: String
        package var jobParameters: JSONValue

        private enum CodingKeys: String, CodingKey {
            case name
            case jobType = "job_type"
            case jobParameters = "job_parameters"
        }
    }

    /// Rows of a list at most; the counts are of all.
    package static let most = 1000
    /// So long after HyP3 was asked, the answer is old.
    package static let staleAfter: TimeInterval = 48 * 3600

    package var schema = 1
    package var command = "report"
    package var project: String
    package var host: String
    package var directory: String
    /// When the report was made (UTC).
    package var made: Date
    package var verdict = Verdict.unknown
    /// One clause.
    package var because = ""
    /// When HyP3 was last asked for the jobs; nil where no run has done so (UTC).
    package var asOf: Date?
    /// Whether it was asked for this report.
    package var isOnline = false
    package var lastRun: Run?
    /// The last that ended with success, and the last that archived all there was.
    package var lastSuccess: Run?
    package var lastComplete: Run?
    /// Products on record, and their bytes.
    package var files = 0
    package var bytes: Int64 = 0
    /// Wanted products as of `asOf`, by state; nil where no run has left them.
    package var products: [String: Int]?
    /// Products not archived that HyP3 deletes soon; nil where no run has left what is open.
    package var expiring: Expiring?
    /// Products not archived, those that cannot be among them; nil where no run has left them.
    package var openProducts: Int?
    package var unfinished: Int?
    package var failedJobs: Int?
    /// Products lost so far, with their jobs, and archived ones that were taken away and are gone upstream.
    package var lost = 0
    package var lostJobs = 0
    package var missing = 0
    package var disk = Disk()
    package var verified = Verified()
    /// What is open, soonest expiry first.
    package var open: [Row] = []
    package var lostProducts: [Row] = []
    package var failed: [Row] = []
    /// The jobs of both lists whose parameters are known.
    package var resubmit: [Order] = []
    /// The last runs, oldest first.
    package var runs: [Run] = []
    /// Bytes and products archived by day of the last year, `2026-11-27`.
    package var days: [Day] = []
    /// By the day on which scenes were taken. What is open counts as of `asOf`.
    package var acquisitions = Acquisitions()
    /// By job and suffix.
    package var incomplete = IncompleteJobs()
    /// Nil without a product of which HyP3 told when it was ordered.
    package var latency: Latency?
    /// Nil where no run fetched enough to tell.
    package var throughput: Throughput?
    package var failures = FailureReasons()
    /// Products that are open or jobs that failed and that the last run had no room to name: they are in no list, and not
    /// counted by expiry, day, suffix or reason.
    package var unnamed = 0
    /// Images beside products; nil without any.
    package var quicklooks: Quicklooks?

    package struct Day: Sendable, Hashable, Codable {
        package var day: String
        package var products: Int
        package var bytes: Int64
    }

    private enum CodingKeys: String, CodingKey {
        case schema, command, project, host, directory, made, verdict, because, files, bytes, products, expiring
        case unfinished, lost, missing, disk, verified, open, failed, resubmit, runs, days
        case acquisitions, incomplete, latency, throughput, failures, unnamed, quicklooks
        case openProducts = "open_products"
        case asOf = "as_of"
        case isOnline = "online"
        case lastRun = "last_run"
        case lastSuccess = "last_success"
        case lastComplete = "last_complete"
        case failedJobs = "failed_jobs"
        case lostJobs = "lost_jobs"
        case lostProducts = "lost_products"
    }

    package init(project: String, host: String, directory: String, made: Date) {
        self.project = project
        self.host = host
        self.directory = directory
        self.made = CivilTime(made).date
    }

    package init(json: some Sequence<UInt8>) throws { self = try RunReport.read(Self.self, from: Data(json)) }
}
