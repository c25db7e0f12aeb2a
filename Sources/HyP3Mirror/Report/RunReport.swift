package import FoundationEssentials

/// What a run did, as `--report` writes it and every later reader (metrics, summary, `report`) reads it.
package struct RunReport: Sendable, Hashable, Codable {
    /// A product that someone may want to look after.
    package struct Row: Sendable, Hashable, Codable {
        package var jobID: String
        package var suffix: String
        package var file: String
        /// Below the project's directory.
        package var path: String
        package var url: String
        /// A `ProductOutcome`, the `ProductState` of a product that was not tried, or `BrokenFile.outcome`.
        package var outcome: String
        package var reason: String
        /// Requests made for its data; 0 where it was not tried.
        package var attempts: Int
        /// When HyP3 deletes it (UTC); nil means never, or not said.
        package var expires: Date?

        private enum CodingKeys: String, CodingKey {
            case suffix, file, path, url, outcome, reason, attempts, expires
            case jobID = "job_id"
        }

        package init(_ product: Product, outcome: String, reason: String, attempts: Int) {
            self.jobID = product.jobID
            self.suffix = product.suffix
            self.file = product.file
            self.path = product.path
            self.url = product.url
            self.outcome = outcome
            self.reason = reason
            self.attempts = attempts
            self.expires = product.expires
        }

        init(_ file: BrokenFile) {
            self.jobID = file.jobID
            self.suffix = ""
            self.file = file.file
            self.path = file.path
            self.url = ""
            self.outcome = BrokenFile.outcome
            self.reason = file.reason
            self.attempts = 0
            self.expires = file.expires
        }
    }

    package var schema = 1
    package var project: String
    /// The HyP3 API, as its URL begins.
    package var host: String
    /// The project's directory.
    package var directory: String
    /// Both UTC, whole seconds.
    package var started: Date
    package var ended: Date
    package var exitCode: RunStatus { didSet { self.exitMeaning = self.exitCode.meaning } }
    /// What the exit status says, in one clause.
    package private(set) var exitMeaning: String
    /// Why it ended before its end, in one clause; nil where it did not.
    package var stopped: String?
    /// When the token that the run used ends, by its own word (UTC); nil where it used none, or one that does not say.
    package var tokenEnd: Date?
    /// Whether the run came to know jobs and archive; where it did not, the counts below say nothing.
    package var isPlanned = false
    /// Jobs the service listed, those of them that could not be read, and those of which no earlier run has told so.
    package var jobs = 0
    package var unreadableJobs = 0
    package var newlyUnreadableJobs = 0
    /// Jobs left out of the plan, by reason.
    package var excludedJobs: [String: Int] = [:]
    /// Products as they stood when the run began, by `ProductState`.
    package var products: [String: Int] = [:]
    /// Products that were tried, by `ProductOutcome`.
    package var outcomes: [String: Int] = [:]
    /// Archived products by the check that proved them; see `Proof.kind`.
    package var proofs: [String: Int] = [:]
    /// Images beside products that were archived.
    package var quicklooks = 0
    /// Products found lost by this run.
    package var newlyLost = 0
    /// Products that were archived once and are not in the archive any more, told by this run for the first time.
    package var newlyMissing = 0
    /// Files with a wanted suffix in the archive that `SHA256SUMS` does not list.
    package var unproven = 0
    /// Files in the archive that are not what was archived, as far as HyP3 can still mend them.
    package var broken = 0
    /// Products that were to be fetched and were not tried to the end.
    package var left = 0
    /// Products that HyP3 deletes within a day of this run's start and that it could not archive.
    package var expiring = 0
    /// Bytes of the products archived by this run.
    package var bytesArchived: Int64 = 0
    /// Bytes of products that came over the network, those of failed attempts included.
    package var bytesFetched: Int64 = 0
    /// Bytes that were already here from an interrupted attempt.
    package var bytesResumed: Int64 = 0
    /// To API, login and product hosts.
    package var requests = 0
    /// Products, or jobs, that `on_archived` took, that it failed at, and that wait for the next run.
    package var hooksDelivered = 0
    package var hooksFailed = 0
    package var hooksWaiting = 0
    /// Lost and unsafe names, and whatever was tried and not archived on a digest; in the order it happened. As read from
    /// a file: those of a run that is going on are in its `RunRows`, because there may be a hundred thousand.
    package var rows: [Row] = []
    package var warnings: [String] = []

    private enum CodingKeys: String, CodingKey {
        case schema, project, host, directory, started, ended, stopped, jobs, products, outcomes, proofs, left
        case expiring, unproven, broken, requests, rows, warnings, quicklooks
        case tokenEnd = "token_end"
        case exitCode = "exit_code"
        case exitMeaning = "exit_meaning"
        case isPlanned = "planned"
        case unreadableJobs = "unreadable_jobs"
        case newlyUnreadableJobs = "newly_unreadable_jobs"
        case excludedJobs = "excluded_jobs"
        case newlyLost = "newly_lost"
        case newlyMissing = "newly_missing"
        case bytesArchived = "bytes_archived"
        case bytesFetched = "bytes_fetched"
        case bytesResumed = "bytes_resumed"
        case hooksDelivered = "hooks_delivered"
        case hooksFailed = "hooks_failed"
        case hooksWaiting = "hooks_waiting"
    }

    init(project: String, host: String, directory: String, started: Date) {
        self.project = project
        self.host = host
        self.directory = directory
        self.started = started
        self.ended = started
        self.exitCode = .ok
        self.exitMeaning = RunStatus.ok.meaning
    }

    package func count(_ state: ProductState) -> Int { self.products[state.rawValue] ?? 0 }
    package func count(_ outcome: ProductOutcome) -> Int { self.outcomes[outcome.rawValue] ?? 0 }

    /// Products archived by this run.
    package var archived: Int { self.count(.archived) + self.count(.archivedUnproven) }

    /// Whether every listed job could be read, or was told before, and every product that exists, as far as is known, was archived.
    var failedAtNothing: Bool {
        let isAtItsEnd = self.exitCode == .ok || self.exitCode == .incomplete
        return isAtItsEnd && self.stopped == nil && self.newlyUnreadableJobs == 0 && self.left == 0
            && ProductOutcome.allCases.allSatisfy { !$0.isNotHad || self.count($0) == 0 }
    }

    package var duration: Duration { .seconds(max(0, self.ended.timeIntervalSince(self.started))) }

    package init(json: some Sequence<UInt8>) throws { self = try Self.read(Self.self, from: Data(json)) }

    static func document(_ value: some Encodable) throws -> [UInt8] {
        let text = String(decoding: try JSONOutput.bytes(value, isPretty: true), as: UTF8.self)
        return Array(ForeignText.json(text).utf8) + [0x0A]
    }

    static func read<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: data)
    }
}
