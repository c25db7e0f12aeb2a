import CurlTransfer
import FoundationEssentials
import Logging

/// The fetching of products into one archive, by whoever holds its lock: line, disk and hosts of one run.
struct Fetching: Sendable {
    let hosts: ProductHosts
    private let stage: FetchStage
    private let budget: DownloadBudget
    private let engine: TransferEngine
    private let rate: RateLimit
    private let pace: Pace

    /// - Parameters:
    ///   - committer: of the archive.
    ///   - staged: what earlier runs have staged, by the path of its data.
    ///   - traffic: counts as bytes come, for a display.
    init(
        _ settings: ProjectSettings,
        _ archive: Archive,
        _ service: Service,
        _ committer: Committer,
        staged: [String: RoomLedger.Idle],
        _ traffic: Traffic
    ) {
        let (project, engine, clock) = (archive.project, service.engine, service.clock)
        let width = FetchWidth(settings)
        let login = settings.loginURL.origin
        let hosts = ProductHosts(HostHealth.Patience(rests: service.patience.rests), pace: service.pace)
        let budget = DownloadBudget(
            most: width.connections,
            isFixed: settings.connections != .auto,
            latency: engine.latency,
            patience: service.patience.stall,
            logger: archive.logger
        )
        let witnesses = Witnesses(loginOrigin: login, clock: clock) { request, sink in
            _ = try await engine.transfer(request, into: sink)
        }
        let fetcher = ProductFetcher(
            services: DownloadServices(
                engine: engine,
                budget: budget,
                crew: DigestCrew(),
                traffic: traffic,
                room: StagingRoom(
                    reserve: settings.minimumFree ?? 0,
                    idle: staged,
                    look: { DiskSpace(at: project.staging) }
                ),
                loginOrigin: login,
                clock: clock,
                boot: BootID.current
            ),
            project: project,
            committer: committer,
            policy: .init(
                requiresChecksum: settings.requiresChecksum,
                checksStructure: settings.checksStructure,
                retry: service.patience.retry
            ),
            pace: service.pace,
            logger: archive.logger,
            retries: service.retries,
            hosts: hosts,
            judge: AbsenceJudge(witnesses: witnesses, now: { clock.now })
        )
        self.hosts = hosts
        self.budget = budget
        self.engine = engine
        self.rate = settings.rate
        self.pace = service.pace
        self.stage = FetchStage(fetcher, window: width.products)
    }

    /// Prepares the archive for these products, which are to take the place of what is gone, and fetches them. Call under
    /// the lock, in an archive that is open.
    ///
    /// - Parameter onOutcome: called with each product as it ends, one at a time.
    /// - Throws: `ProductHostError` where no host gave anything, `FilesystemError`, `CancellationError`. Trouble of one
    ///   product is its outcome.
    static func run(
        _ products: [Product],
        _ settings: ProjectSettings,
        _ archive: Archive,
        _ service: Service,
        _ traffic: Traffic,
        onOutcome: (FetchOutcome) -> Void
    ) async throws {
        if products.isEmpty { return }
        let (project, logger, now) = (archive.project, archive.logger, service.clock.machine)
        let (committer, staged) = try await onStoppableThread(to: "prepare the archive") { stop in
            try StaleChecksums(project: project, stop: stop).drop(paths: Set(products.map(\.path)))
            let sweep = StagingSweep(project: project, now: now)
            return (try Committer(project, logger: logger), try sweep.look(for: products))
        }
        let fetching = Fetching(settings, archive, service, committer, staged: staged, traffic)
        try await fetching.run { try await $0.run(products, onOutcome: onOutcome) }
        for warning in try fetching.warnings() { logger.warning("\(warning)") }
    }

    /// Surveys and fetches what a plan has to fetch.
    ///
    /// - Throws: as `FetchStage.run`.
    func run(_ survey: Survey, onStep: (FetchStage.Step) -> Void) async throws {
        try await self.run { try await $0.run(survey, onStep: onStep) }
    }

    private func run(_ body: (FetchStage) async throws -> Void) async throws {
        let (budget, rate, pace) = (self.budget, self.rate, self.pace)
        try await withHelper {
            try await budget.keep { rate.bytesPerSecond(at: pace.now()) }
        } during: {
            try await withRateLimit(rate, of: self.engine, pace) { try await body(self.stage) }
        }
    }

    /// What to tell of hosts afterwards, a sentence each.
    ///
    /// - Throws: `ProductHostError` where none gave anything.
    func warnings() throws -> [String] {
        let troubles = self.hosts.troubles
        if troubles.contains(where: \.isOutage), !self.hosts.haveAnswered { throw ProductHostError(troubles) }
        return troubles.map(\.warning)
    }
}
