import CurlTransfer
import FoundationEssentials
package import Logging
import SystemPackage

/// Keeps one project of HyP3 on disk: the one place that knows all stages and in which order they come.
package struct Mirror: Sendable {
    private let settings: ProjectSettings
    private let environment: [String: String]
    private let logger: Logger
    private let project: ProjectDirectory

    /// - Parameter environment: of the process; holds credentials.
    package init(_ settings: ProjectSettings, environment: [String: String], logger: Logger) {
        self.settings = settings
        self.environment = environment
        var logger = logger
        logger[metadataKey: "project"] = "\(settings.name)"
        self.logger = logger
        self.project = ProjectDirectory(settings.projectDirectory)
    }

    /// Asks HyP3 and the archive what `sync` would do; changes nothing.
    /// - Throws: `LoginError`, `CatalogError`, `FilesystemError`, `CancellationError`.
    package func plan() async throws -> Plan {
        try self.requireArchive()
        return try await withTransferEngine(self.engineOptions) { engine in
            try await self.plan(engine, keeping: .all)
        }
    }

    /// Brings the archive up to date.
    ///
    /// - Parameters:
    ///   - traffic: counts as bytes come, for a display.
    ///   - onPlan: called once with the number of products to fetch.
    ///   - onOutcome: called for each product as it ends, one at a time.
    /// - Returns: the plan the run began with.
    /// - Throws: `RunLock.Failure`, `LoginError`, `CatalogError`, `FilesystemError`, `CancellationError`. What was
    ///   archived until then is reported to `onOutcome` all the same.
    package func sync(
        traffic: Traffic, onPlan: (Plan) -> Void, onOutcome: (FetchOutcome) -> Void
    ) async throws -> Plan {
        try self.requireArchive()
        let lock = try await RunLock.acquire(FilePath(self.project.lock), holder: RunLockHolder(started: .now, command: "hyp3-mirror sync"))
        defer { lock.release() }
        if let note = lock.note { self.logger.notice("\(note)") }
        let (project, logger) = (self.project, self.logger)
        let committer = try await onOwnThread(to: "open the archive") {
            _ = try SystemCalls.makeDirectories(project.partial)
            return try Committer(project, logger: logger)
        }
        return try await withTransferEngine(self.engineOptions) { engine in
            let plan = try await self.plan(engine, keeping: .work)
            onPlan(plan)
            try await onOwnThread(to: "tidy the archive") {
                try StagingSweep(project: project).run(plan: plan)
                try StaleChecksums(project: project).drop(plan.products([.fetch]))
            }
            let stage = FetchStage(self.fetcher(engine, committer, traffic), window: self.connections + 64)
            try await stage.run(plan.products([.fetch]), onOutcome: onOutcome)
            return plan
        }
    }

    private var connections: Int {
        switch self.settings.connections {
        case .auto: 8
        case .fixed(let count): count
        }
    }

    private var engineOptions: TransferOptions {
        var options = TransferOptions()
        options.caFile = self.settings.certificateAuthorities
        options.userAgent = "hyp3-mirror/\(Self.version)"
        return options
    }

    /// The archive's own directory is never made: an empty mount point would be filled in place of the disk that belongs
    /// there.
    private func requireArchive() throws {
        let path = self.settings.archiveDirectory
        let missing = "create it, or mount the disk that holds it"
        switch try SystemCalls.kind(of: path) {
        case .directory: return
        case nil: throw FilesystemError("open the archive", path, .noSuchFileOrDirectory, cure: missing)
        default: throw FilesystemError("open the archive", path, .notDirectory, cure: "it must be a directory")
        }
    }

    private func plan(_ engine: TransferEngine, keeping: Planner.Keeping) async throws -> Plan {
        let now = Date.now
        let credentials = try Credentials.find(
            environment: self.environment, netrcFile: self.settings.netrcFile,
            loginHost: self.settings.loginURL.origin.host, now: now)
        for warning in credentials.warnings { self.logger.warning("\(warning)") }
        let index = try await ArchiveIndex.scan(FilePath(self.project.root), suffixes: self.settings.suffixes)
        for unreadable in index.summary.unreadable {
            self.logger.warning("products there cannot be seen: \(unreadable)")
        }
        self.logger.info("scanned the archive", metadata: ["files": "\(index.summary.files)", "products": "\(index.summary.named)"])

        let session = APISession(
            origin: self.settings.host, credentials: credentials,
            login: EarthdataLogin(client: engine, url: self.settings.loginURL, pace: .real), pace: .real)
        let reader = PageReader(origin: self.settings.host, client: engine, session: session, log: self.logger)
        var planner = Planner(policy: PlanPolicy(self.settings, now: now), index: index, keeping: keeping)
        let summary = try await JobListing(reader: reader).read(
            JobQuery(self.settings), parameters: self.settings.templateParameters
        ) { page in
            planner.add(page)
        }
        for job in summary.unreadable { self.logger.warning("a job that cannot be read is left out: \(job)") }
        self.logger.info("listed the jobs", metadata: ["jobs": "\(summary.jobs)", "pages": "\(summary.pages)"])
        return planner.finish()
    }

    private func fetcher(_ engine: TransferEngine, _ committer: Committer, _ traffic: Traffic) -> ProductFetcher {
        let connections = self.connections
        return ProductFetcher(
            engine: engine, project: self.project, committer: committer, budget: ConnectionBudget(limit: connections),
            pool: BufferPool(count: 2 * connections + 16),
            policy: .init(
                requiresChecksum: self.settings.requiresChecksum, checksStructure: self.settings.checksStructure,
                retry: RetryPolicy(), loginOrigin: self.settings.loginURL.origin),
            boot: BootID.current, logger: self.logger, traffic: traffic, retries: RunRetries())
    }

    /// Of this program, as `--version` tells it.
    package static let version = "0.1.0"
}
