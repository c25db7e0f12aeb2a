import CLinux
import CurlTransfer
import FoundationEssentials
import Logging

/// Brings the archive up to date: plans, and fetches what is missing.
package struct Sync: Sendable {
    /// What a run leaves behind.
    package struct Outcome: Sendable {
        package let report: RunReport
        /// Of the report.
        package let rows: RunRows
        /// Paths archived by this run, with the project's directory, one a line.
        package let newFiles: Spool
        /// What the archive holds now; nil where nobody asked for metrics, or its records cannot be read.
        package fileprivate(set) var holdings: ArchiveReport?

        fileprivate init(_ report: RunReport, _ tally: RunTally) {
            (self.report, self.rows, self.newFiles) = (report, tally.rows, tally.newFiles)
        }
    }

    private let settings: ProjectSettings
    private let archive: Archive
    private let session: ServiceSession

    package init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession) {
        self.settings = settings
        self.archive = archive
        self.session = session
    }

    /// What is left by one that was stopped before it began.
    package func notBegun(_ cause: RunStop.Cause) -> Outcome { self.notBegun(.stopped(cause)) }

    /// What is left by one that could not begin.
    package func notBegun(_ status: RunStatus, _ message: String) -> Outcome {
        self.notBegun(.failed(status, message: message))
    }

    private func notBegun(_ ending: RunEnding) -> Outcome {
        let now = self.session.pace.now()
        let tally = self.tally(started: now)
        return Outcome(tally.report(ending, ended: now, requests: 0), tally)
    }

    private func tally(started: Date) -> RunTally {
        // An on_finish reads the rows, too; they wait beside what is its project's own.
        let file = self.settings.reportFile ?? self.settings.onFinish.map { _ in self.archive.project.open }
        return RunTally(
            project: self.settings.title,
            host: "\(self.settings.host)",
            directory: self.archive.project.root,
            started: started,
            rows: RunRows(for: file),
            newFiles: Spool(for: self.settings.newFilesFile)
        )
    }

    /// Never throws: how the run ended stands in its report.
    ///
    /// - Parameters:
    ///   - stop: says why, when the task is cancelled.
    ///   - traffic: counts as bytes come, for a display.
    ///   - onEvent: called as things happen, one at a time.
    package func run(stop: RunStop, traffic: Traffic, onEvent: (RunEvent) -> Void) async -> Outcome {
        let logger = self.archive.logger
        let ping = HealthPing(self.settings, self.session)
        func send(_ signal: PingURL.Signal) async {
            // Who stops a run waits for its end two seconds.
            let limit: Duration = Task.isCancelled ? .seconds(1) : .seconds(10)
            if let trouble = await ping?.send(signal, within: limit) { logger.warning("\(trouble)") }
        }
        await send(.start)
        var outcome = await self.fetched(stop: stop, traffic: traffic, onEvent: onEvent)
        if !Task.isCancelled || stop.cause == .maximumRuntime,
            let trouble = await self.finish(outcome)
        {
            logger.warning("\(trouble)")
        }
        await send(outcome.report.exitCode == .ok ? .success : .failure)
        guard self.settings.metricsFile != nil, outcome.report.isPlanned else { return outcome }
        let (settings, project, now) = (self.settings, self.archive.project, outcome.report.ended)
        // A signal that ended the run does not end this: it is short.
        outcome.holdings = try? await onOwnThread(to: "read the records of the archive") {
            try ArchiveReport.read(settings, project, now: now)
        }
        return outcome
    }

    /// - Returns: why `on_finish` failed; nil where it did not, or there is none.
    private func finish(_ outcome: Outcome) async -> String? {
        guard let hook = FinishHook(self.settings, environment: self.session.environment) else { return nil }
        let (report, rows) = (outcome.report, outcome.rows)
        // The run's time is over, the hook's is not.
        guard Task.isCancelled else { return await hook.run(report, rows) }
        return await Task { await hook.run(report, rows) }.value
    }

    private func fetched(stop: RunStop, traffic: Traffic, onEvent: (RunEvent) -> Void) async -> Outcome {
        let (started, pace) = (self.session.pace.now(), self.session.pace)
        var tally = self.tally(started: started)
        var requests = 0
        do {
            try self.archive.require()
            return try await self.session.withService(self.settings) { service in
                defer { requests = service.requests }
                let logger = self.archive.logger
                let reader = try self.session.reader(self.settings, service, logger: logger) { event in
                    tally.record(event)
                    onEvent(event)
                }
                onEvent(.entered(.login))
                let check = SlipCheck(self.settings, reader, service.listing)
                let early = try await self.watched(service, stop) { _ in try await check.enter(self.archive.project) }
                onEvent(.entered(.lock))
                let lock = try await self.archive.lock(for: "sync", pace: pace)
                defer { lock.release() }
                let (project, settings) = (self.archive.project, self.settings)
                var memory = try await onStoppableThread(to: "read the state of the archive") {
                    try RunMemory(project, stop: $0)
                }
                let open = OpenRows(project)
                let quicklooks = settings.takesQuicklooks ? QuicklookBox() : nil
                let planning = Planning(
                    settings: settings,
                    archive: self.archive,
                    service: service,
                    reader: reader,
                    open: open,
                    quicklooks: quicklooks
                )
                var planned: Plan?
                var ending = RunEnding.complete
                let hooks = HookDelivery(settings, self.archive, environment: self.session.environment)
                async let delivery = hooks?.run()
                var toCome = JobsToCome()
                do {
                    try await self.watched(service, stop) { motion in
                        func tell(_ event: RunEvent) {
                            motion.note(event)
                            service.timeLine.note(event)
                            tally.record(event)
                            if case .fetched(let outcome) = event {
                                open.note(outcome)
                                if hooks != nil { toCome.note(outcome) }
                                if case .archived = outcome.result { hooks?.wake() }
                            }
                            onEvent(event)
                        }
                        if let trouble = try await self.archive.open() { tell(.unrecorded(trouble)) }
                        hooks?.wake()
                        let found = try await planning.plan(early, &memory, now: started, keeping: .work, onEvent: tell)
                        planned = found.plan
                        let evidence = try await self.act(on: found, &memory, service, traffic, onEvent: tell)
                        if let images = quicklooks?.found {
                            try await self.fetch(images, &memory, service, traffic, onEvent: tell)
                        }
                        try await check.check(found.plan, evidence, memory)
                    }
                } catch {
                    ending = Self.ending(error, stop: stop)
                }
                let isComplete = ending == .complete
                hooks?.close(waitingFor: planned.map { toCome.keys($0, isComplete: isComplete) })
                if let counts = await delivery {
                    for warning in counts.warnings { onEvent(.warned(warning)) }
                    tally.record(counts)
                    // Stopped all the same, though every product is archived.
                    if ending == .complete, let cause = stop.cause { ending = .stopped(cause) }
                }
                service.timeLine.note(traffic)
                logger.debug("when the run came how far: \(service.timeLine.text)")
                if let warning = tally.lastDayWarning(now: service.clock.now) {
                    tally.record(.warned(warning))
                    onEvent(.warned(warning))
                }
                let (learned, plan) = (memory, planned)
                let ended = tally.report(ending, ended: pace.now(), requests: service.requests)
                do {
                    try await onOwnThread(to: "write the state of the archive") {
                        try learned.save(ended, settings, started: started)
                        guard let plan else { return }
                        do {
                            try open.save(OpenHeader(ended, plan, query: settings.queryKey), plan, in: project)
                        } catch {
                            // What `report` then tells is older, and says so.
                            logger.warning("what is open is not noted for report: \(sentence(of: error))")
                        }
                    }
                } catch  where ending != .complete {
                    logger.error("\(sentence(of: error))")
                }
                return Outcome(ended, tally)
            }
        } catch {
            let report = tally.report(Self.ending(error, stop: stop), ended: pace.now(), requests: requests)
            return Outcome(report, tally)
        }
    }

    /// Runs `body`, and has it cancelled where nothing moves for too long.
    private func watched<R>(_ service: Service, _ stop: RunStop, _ body: (Motion) async throws -> R) async throws -> R {
        let motion = Motion()
        motion.follow(service.engine)
        return try await withWatchdog(motion, patience: service.patience.standstill, stop) { try await body(motion) }
    }

    static func ending(_ error: any Error, stop: RunStop) -> RunEnding {
        if case .standstill(let sentence) = stop.cause { return .failed(.unavailable, message: sentence) }
        if let cause = stop.cause { return .stopped(cause) }
        return .failed(RunStatus(error), message: sentence(of: error))
    }

    /// - Returns: what is known of the wanted suffixes now.
    private func act(
        on found: (plan: Plan, audit: PresenceAudit),
        _ memory: inout RunMemory,
        _ service: Service,
        _ traffic: Traffic,
        onEvent: (RunEvent) -> Void
    ) async throws -> SuffixEvidence {
        let plan = found.plan
        onEvent(.planned(plan))
        var evidence = plan.evidence
        memory.record(evidence.met(hasJobs: plan.jobs > 0))
        for product in memory.record(plan, now: service.clock.now) { onEvent(.foundLost(product)) }
        for product in memory.recordMissing(plan, now: service.clock.now) { onEvent(.foundMissing(product)) }
        for found in memory.recordUnusable(plan.products([.unsafeName, .failed]), now: service.clock.now) {
            onEvent(.foundUnusable(found))
        }
        for product in plan.duplicates { onEvent(.foundDuplicate(product)) }
        try await self.check(found.audit, service.listing, onEvent: onEvent)
        let project = self.archive.project
        let now = self.session.pace.now()
        let staged = try await onOwnThread(to: "clear what is staged") {
            try StagingSweep(project: project, now: now).run(plan: plan)
        }
        if plan.count(.fetch) > 0 {
            try await self.fetch(plan, &evidence, &memory, service, staged, traffic, onEvent: onEvent)
        }
        return evidence
    }

    private func fetch(
        _ plan: Plan,
        _ evidence: inout SuffixEvidence,
        _ memory: inout RunMemory,
        _ service: Service,
        _ staged: [String: RoomLedger.Idle],
        _ traffic: Traffic,
        onEvent: (RunEvent) -> Void
    ) async throws {
        // Listing and planning need much for a moment, which the allocator would keep through hours of fetching.
        linux_give_back_memory()
        let (project, logger, reserve) = (self.archive.project, self.archive.logger, self.settings.minimumFree ?? 0)
        var (committer, forecast) = try await onStoppableThread(to: "prepare the archive") { stop in
            try StaleChecksums(project: project, stop: stop).drop(plan)
            return (try Committer(project, logger: logger), SpaceForecast(project, reserve: reserve))
        }
        if let blindness = forecast.blindness { onEvent(.warned(blindness)) }
        let fetching = Fetching(self.settings, self.archive, service, committer, staged: staged, traffic)
        let connections = FetchWidth(self.settings).connections
        let clock = service.clock
        try await fetching.run(Survey(plan, service.listing, connections: connections)) { step in
            switch step {
            case .fetched(let outcome):
                evidence.note(outcome)
                memory.record(outcome, now: clock.now)
                onEvent(.fetched(outcome))
            case .surveyed(let survey):
                evidence.note(survey)
                onEvent(.surveyed(survey))
                for found in memory.recordUnusable(survey.unsafe, now: clock.now) { onEvent(.foundUnusable(found)) }
                if let warning = forecast.add(survey) { onEvent(.warned(warning)) }
            }
        }
        memory.record(evidence.met(hasJobs: plan.jobs > 0))
        for warning in try fetching.warnings() { onEvent(.warned(warning)) }
    }

    /// Fetches images after all products. What keeps them away is told, and ends no run.
    private func fetch(
        _ quicklooks: QuicklookPlan,
        _ memory: inout RunMemory,
        _ service: Service,
        _ traffic: Traffic,
        onEvent: (RunEvent) -> Void
    ) async throws {
        if let since = quicklooks.openSince { memory.keepOpen(since: since) }
        let now = service.clock.now
        do {
            try await Fetching.run(quicklooks.products, self.settings, self.archive, service, traffic) { outcome in
                memory.record(outcome, now: now)
                // Nil for one that was left for the next run.
                if ProductOutcome(outcome)?.isNotHad ?? true {
                    memory.keepOpen(since: outcome.product.provenance.requested)
                }
                onEvent(.fetchedQuicklook(outcome))
            }
        } catch let error as ProductHostError {
            for product in quicklooks.products { memory.keepOpen(since: product.provenance.requested) }
            onEvent(.warned("images beside the products were not fetched: \(sentence(of: error))"))
        }
    }

    /// Tells of files that are not what was archived, as long as HyP3 can mend them.
    private func check(_ audit: PresenceAudit, _ listing: BucketListing, onEvent: (RunEvent) -> Void) async throws {
        let project = self.archive.project
        let findings = try await onStoppableThread(to: "examine the archive") { try audit.run(project, stop: $0) }
        let naming = ProductNaming(layout: self.settings.layout)
        let unrecorded = try await UnrecordedFiles(listing: listing, naming: naming).broken(findings.unrecorded)
        for file in findings.broken + unrecorded { onEvent(.foundBroken(file)) }
    }
}
