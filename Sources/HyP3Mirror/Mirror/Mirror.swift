import CLinux
import Checksums
import CurlTransfer
import FoundationEssentials
package import Logging
import SystemPackage

/// Keeps one project of HyP3 on disk: the one place that knows all stages and in which order they come.
package struct Mirror: Sendable {
    /// What a run leaves behind.
    package struct Outcome: Sendable {
        package let report: RunReport
        /// Of the report.
        package let rows: RunRows
        /// Paths archived by this run, with the project's directory, one a line.
        package let newFiles: Spool

        fileprivate init(_ report: RunReport, _ tally: RunTally) {
            (self.report, self.rows, self.newFiles) = (report, tally.rows, tally.newFiles)
        }
    }

    /// Of this program, as `--version` tells it.
    package static let version = "0.1.0"

    /// Patience with a service, apart from what users set.
    package struct Patience: Sendable {
        package var retry = RetryPolicy()
        /// A transfer without a byte for so long is given up.
        package var stall = Duration.seconds(60)
        /// Waits before a product host that gives nothing is asked again; after the last it is left alone.
        package var rests = HostHealth.Patience().rests
        /// A run in which nothing moves for so long is ended.
        package var standstill = Duration.seconds(600)

        package init() {}
    }

    let settings: ProjectSettings
    let logger: Logger
    let patience: Patience
    /// This machine's clock, and waiting.
    let pace: Pace
    let project: ProjectDirectory
    let environment: [String: String]
    let logins: Logins

    /// - Parameters:
    ///   - environment: of the process; holds credentials.
    ///   - logins: of the call, shared by its projects.
    package init(
        _ settings: ProjectSettings,
        environment: [String: String],
        logger: Logger,
        logins: Logins = Logins(),
        patience: Patience = Patience(),
        pace: Pace = .real
    ) {
        self.settings = settings
        self.logins = logins
        self.pace = pace
        self.patience = patience
        self.environment = environment
        var logger = logger
        logger[metadataKey: "project"] = "\(settings.name)"
        self.logger = logger
        self.project = ProjectDirectory(settings)
    }

    /// Runs `body`, and has it cancelled by `stop` where nothing moves for too long.
    func withWatchdog<R>(_ motion: Motion, _ stop: RunStop, _ body: () async throws -> R) async throws -> R {
        let watchdog = Watchdog(motion, patience: self.patience.standstill)
        return try await withHelper {
            if let sentence = try await watchdog.watch() { stop.request(.standstill(sentence)) }
        } during: {
            try await body()
        }
    }

    /// What a sync leaves that was stopped before it began.
    package func notBegun(_ cause: RunStop.Cause) -> Outcome {
        let tally = self.tally(started: self.pace.now())
        return Outcome(tally.report(.stopped(cause), ended: self.pace.now(), requests: 0), tally)
    }

    private func tally(started: Date) -> RunTally {
        RunTally(
            project: self.settings.name,
            host: "\(self.settings.host)",
            directory: self.project.root,
            started: started,
            rows: RunRows(for: self.settings.reportFile),
            newFiles: Spool(for: self.settings.newFilesFile)
        )
    }

    /// Brings the archive up to date. Never throws: how the run ended stands in its report.
    ///
    /// - Parameters:
    ///   - stop: says why, when the task is cancelled.
    ///   - traffic: counts as bytes come, for a display.
    ///   - onEvent: called as things happen, one at a time.
    package func sync(stop: RunStop, traffic: Traffic, onEvent: (RunEvent) -> Void) async -> Outcome {
        let (started, pace) = (self.pace.now(), self.pace)
        var tally = self.tally(started: started)
        var requests = 0
        do {
            try self.requireArchive()
            return try await withTransferEngine(try self.engineOptions()) { engine in
                defer { requests = engine.requests }
                let service = try self.service(engine) { event in
                    tally.record(event)
                    onEvent(event)
                }
                let early = try await self.enter(service, stop)
                let lock = try await self.lockArchive(started: started)
                defer { lock.release() }
                let (project, settings) = (self.project, self.settings)
                var memory = try await onStoppableThread(to: "read the state of the archive") {
                    try RunMemory(project, stop: $0)
                }
                var ending = RunEnding.complete
                do {
                    let motion = Motion()
                    motion.follow(engine)
                    try await withWatchdog(motion, stop) {
                        try await self.run(&memory, service, early, now: started, traffic, motion) { event in
                            motion.note(event)
                            service.timeLine.note(event)
                            tally.record(event)
                            onEvent(event)
                        }
                    }
                } catch {
                    ending = Self.ending(error, stop: stop)
                }
                service.timeLine.note(traffic)
                self.logger.debug("when the run came how far: \(service.timeLine.text)")
                if let warning = tally.lastDayWarning(now: service.clock.now) {
                    tally.record(.warned(warning))
                    onEvent(.warned(warning))
                }
                let learned = memory
                let ended = tally.report(ending, ended: pace.now(), requests: engine.requests)
                do {
                    try await onOwnThread(to: "write the state of the archive") {
                        try learned.save(ended, settings, started: started)
                    }
                } catch  where ending != .complete {
                    self.logger.error("\(error)")
                }
                return Outcome(ended, tally)
            }
        } catch {
            let report = tally.report(Self.ending(error, stop: stop), ended: pace.now(), requests: requests)
            return Outcome(report, tally)
        }
    }

    private func lockArchive(started: Date) async throws -> ArchiveLock {
        try SystemCalls.requireOwnDirectory(orNothing: self.project.state)
        let command = "hyp3-mirror sync" + (self.settings.shard.map { " --shard \($0)" } ?? "")
        let lock = try await ArchiveLock.acquire(
            self.project,
            holder: RunLockHolder(started: started, command: command)
        )
        if let note = lock.note { self.logger.notice("\(note)") }
        return lock
    }

    private static func ending(_ error: any Error, stop: RunStop) -> RunEnding {
        if case .standstill(let sentence) = stop.cause { return .failed(.unavailable, message: sentence) }
        if let cause = stop.cause { return .stopped(cause) }
        return .failed(RunStatus(error), message: "\(error)")
    }

    private func run(
        _ memory: inout RunMemory,
        _ service: Service,
        _ early: EarlyPage?,
        now: Date,
        _ traffic: Traffic,
        _ motion: Motion,
        onEvent: (RunEvent) -> Void
    ) async throws {
        let (project, logger) = (self.project, self.logger)
        try await onStoppableThread(to: "open the archive") { stop in
            _ = try SystemCalls.makeDirectories(project.partial)
            try SystemCalls.requireOwnDirectory(project.partial)
            // A killed shard's unfinished commits are finished by the next whole run, if that shard does not come again.
            let others = project.shard == nil ? try project.parts(with: "journal").filter { $0 != project } : []
            try CommitBatch(project, logger: logger, stop: stop).recover(stop: stop)
            for part in others {
                do {
                    try CommitBatch(part, logger: logger, stop: stop).recover(stop: stop)
                } catch let error as FilesystemError {
                    logger.warning("what another part of the jobs left half done is not finished: \(error)")
                }
            }
        }
        let (engine, clock, reader) = (service.engine, service.clock, service.reader)
        let retries = RunRetries()
        let listing = BucketListing(
            client: engine,
            policy: self.patience.retry,
            retries: retries,
            pace: self.pace
        )
        let (plan, audit) = try await self.plan(
            service,
            early,
            &memory,
            now: now,
            keeping: .work,
            onEvent: onEvent
        )
        onEvent(.planned(plan))
        var evidence = plan.evidence
        memory.record(evidence.met(hasJobs: plan.jobs > 0))
        for product in memory.record(plan, now: clock.now) { onEvent(.foundLost(product)) }
        for product in memory.recordMissing(plan, now: clock.now) { onEvent(.foundMissing(product)) }
        for found in memory.recordUnusable(plan.products([.unsafeName, .failed]), now: clock.now) {
            onEvent(.foundUnusable(found))
        }
        try await self.check(audit, listing, onEvent: onEvent)
        let staged = try await onOwnThread(to: "clear what is staged") {
            try StagingSweep(project: project).run(plan: plan)
        }
        guard plan.count(.fetch) > 0 else { return try await self.suspect(plan, evidence, memory, reader, listing) }
        // Listing and planning need much for a moment, which the allocator would keep through hours of fetching.
        linux_give_back_memory()
        let reserve = self.settings.minimumFree ?? 0
        var (committer, forecast, room) = try await onStoppableThread(to: "prepare the archive") { stop in
            try StaleChecksums(project: project, stop: stop).drop(plan)
            let room = StagingRoom(reserve: reserve, idle: staged, look: { DiskSpace(at: project.partial) })
            return (try Committer(project, logger: logger), SpaceForecast(project, reserve: reserve), room)
        }
        if let blindness = forecast.blindness { onEvent(.warned(blindness)) }
        let hosts = ProductHosts(HostHealth.Patience(rests: self.patience.rests), pace: self.pace)
        let budget = DownloadBudget(
            most: self.connections,
            isFixed: self.settings.connections != .auto,
            latency: engine.latency,
            patience: self.patience.stall,
            logger: logger
        )
        let stage = FetchStage(
            self.fetcher(engine, committer, budget, room, traffic, retries, hosts, clock),
            survey: Survey(
                plan,
                listing,
                connections: self.connections
            ),
            window: self.width.products
        )
        let rate = self.settings.rate
        try await withHelper {
            try await budget.keep { rate.bytesPerSecond(at: .now) }
        } during: {
            try await withRateLimit(self.settings.rate, of: engine) {
                try await stage.run(plan) { step in
                    switch step {
                    case .fetched(let outcome):
                        evidence.note(outcome)
                        memory.record(outcome, now: clock.now)
                        onEvent(.fetched(outcome))
                    case .surveyed(let survey):
                        evidence.note(survey)
                        onEvent(.surveyed(survey))
                        for found in memory.recordUnusable(survey.unsafe, now: clock.now) {
                            onEvent(.foundUnusable(found))
                        }
                        if let warning = forecast.add(survey) { onEvent(.warned(warning)) }
                    }
                }
            }
        }
        memory.record(evidence.met(hasJobs: plan.jobs > 0))
        let troubles = hosts.troubles
        if troubles.contains(where: \.isOutage), !hosts.haveAnswered { throw ProductHostError(troubles) }
        for trouble in troubles { onEvent(.warned(trouble.warning)) }
        try await self.suspect(plan, evidence, memory, reader, listing)
    }

    /// Over all hosts.
    private var width: FetchWidth {
        let wanted =
            if case .fixed(let count) = self.settings.connections { count } else { DownloadBudget.mostByDefault }
        return FetchWidth(wanted: wanted, descriptors: FetchWidth.raisedDescriptorLimit())
    }

    var connections: Int { self.width.connections }

    /// The archive's own directory is never made: an empty mount point would be filled in place of the disk that belongs
    /// there.
    func requireArchive() throws {
        let path = self.settings.archiveDirectory
        switch try SystemCalls.kind(of: path) {
        case .directory: return
        case nil:
            throw FilesystemError(
                "open the archive",
                path,
                .noSuchFileOrDirectory,
                cure: "Create it, or mount the disk that holds it."
            )
        default: throw FilesystemError("open the archive", path, .notDirectory, cure: "It must be a directory.")
        }
    }

    /// Tells of files that are not what was archived, as long as HyP3 can mend them.
    private func check(_ audit: PresenceAudit, _ listing: BucketListing, onEvent: (RunEvent) -> Void) async throws {
        let project = self.project
        let findings = try await onStoppableThread(to: "examine the archive") { try audit.run(project, stop: $0) }
        let naming = ProductNaming(layout: self.settings.layout)
        let unrecorded = try await UnrecordedFiles(listing: listing, naming: naming).broken(findings.unrecorded)
        for file in findings.broken + unrecorded { onEvent(.foundBroken(file)) }
    }

    private func fetcher(
        _ engine: TransferEngine,
        _ committer: Committer,
        _ budget: DownloadBudget,
        _ room: StagingRoom,
        _ traffic: Traffic,
        _ retries: RunRetries,
        _ hosts: ProductHosts,
        _ clock: ServiceClock
    ) -> ProductFetcher {
        let login = self.settings.loginURL.origin
        let witnesses = Witnesses(loginOrigin: login) { request, sink in
            _ = try await engine.transfer(request, into: sink)
        }
        return ProductFetcher(
            services: DownloadServices(
                engine: engine,
                budget: budget,
                crew: DigestCrew(),
                traffic: traffic,
                room: room,
                loginOrigin: login,
                boot: BootID.current
            ),
            project: self.project,
            committer: committer,
            policy: .init(
                requiresChecksum: self.settings.requiresChecksum,
                checksStructure: self.settings.checksStructure,
                retry: self.patience.retry
            ),
            logger: self.logger,
            retries: retries,
            hosts: hosts,
            judge: AbsenceJudge(witnesses: witnesses, now: { clock.now })
        )
    }
}
