import CurlTransfer
import FoundationEssentials
import Logging
import SystemPackage

extension Mirror {
    /// Asks HyP3 and the archive what `sync` would do; changes nothing.
    ///
    /// - Parameters:
    ///   - stop: is asked to cancel the task where nothing moves any more.
    ///   - onEvent: called as things happen, one at a time.
    /// - Throws: `LoginError`, `CatalogError`, `FilesystemError`, `Standstill`, `CancellationError`.
    package func plan(stop: RunStop = RunStop(), onEvent: (RunEvent) -> Void = { _ in }) async throws -> Plan {
        try self.requireArchive()
        let motion = Motion()
        do {
            return try await withWatchdog(motion, stop) {
                try await withTransferEngine(try self.engineOptions()) { engine in
                    motion.follow(engine)
                    return try await self.shownPlan(engine) { event in
                        motion.note(event)
                        onEvent(event)
                    }
                }
            }
        } catch {
            if case .standstill(let sentence) = stop.cause { throw Standstill(description: sentence) }
            throw error
        }
    }

    private func shownPlan(_ engine: TransferEngine, onEvent: (RunEvent) -> Void) async throws -> Plan {
        let (project, now) = (self.project, self.pace.now())
        var memory = try await onStoppableThread(to: "read the state of the archive") {
            try RunMemory(project, stop: $0)
        }
        let service = try self.service(engine, onEvent: onEvent)
        let (plan, _) = try await self.plan(service, nil, &memory, now: now, keeping: .all, onEvent: onEvent)
        let listing = BucketListing(client: engine)
        var evidence = plan.evidence
        var shown = try await Survey(plan, listing, connections: self.connections).plan { survey in
            evidence.note(survey)
            for absent in survey.absent { evidence.miss(absent.product.wanted?.template ?? absent.suffix) }
        }
        do {
            try await self.suspect(plan, evidence, memory, service.reader, listing)
        } catch let suspicion as SuspectConfiguration {
            shown.suspicion = suspicion.description
        }
        let archive = self.settings.archiveDirectory
        let free = try await onOwnThread(to: "look at the disk") { DiskSpace(at: archive)?.free }
        shown.outlook = PlanOutlook(now: service.clock.now, free: free, rate: memory.history.lastRate)
        return shown
    }

    /// - Parameters:
    ///   - early: a page that was read before.
    ///   - now: by this machine's clock, when the run started.
    func plan(
        _ service: Service,
        _ early: EarlyPage?,
        _ memory: inout RunMemory,
        now: Date,
        keeping: Planner.Keeping,
        onEvent: (RunEvent) -> Void
    ) async throws -> (Plan, PresenceAudit) {
        let earlier = memory.history.earlierRuns(self.settings.queryKey, now: now)
        var policy = PlanPolicy(self.settings, now: now, earlier: earlier)
        policy.listedFrom = memory.beginListing(self.settings, now: now)
        let absences = self.settings.checksStructure ? memory.absences : memory.absences.acceptingDamage
        var query = JobQuery(self.settings)
        query.start = policy.listedFrom ?? query.start
        self.logger.info(
            "listing jobs",
            metadata: ["from": "\(Self.text(query.start))", "to": "\(Self.text(query.end))"]
        )
        // Waiting for HyP3 and waiting for the disk take the longer of the two.
        async let looked = self.look(keeping, now: now)
        let parameters = self.settings.templateParameters
        let first: EarlyPage
        if let early, early.url == query.url(at: self.settings.host) {
            first = early
        } else {
            first = try await EarlyPage(of: query, service.reader, parameters: parameters)
        }
        service.timeLine.pass(.firstPage)
        let (index, review) = try await looked
        onEvent(.scanned(index.summary))
        onEvent(.reviewed(review))
        if let warning = service.clock.warning { onEvent(.warned(warning)) }
        var planner = Planner(
            policy: policy,
            index: index,
            memory: ProductMemory(absences: absences, review: review),
            keeping: keeping
        )
        planner.judgeExpiry(at: service.clock.now)
        var audit = PresenceAudit(index, shard: self.settings.shard, now: service.clock.now)
        let listing = JobListing(reader: service.reader)
        let summary = try await listing.read(query, parameters: parameters, early: first) { page in
            planner.add(page)
            if keeping == .work { audit.add(page.jobs) }
        }
        onEvent(.listed(summary))
        self.logger.info("listed the jobs", metadata: ["jobs": "\(summary.jobs)", "pages": "\(summary.pages)"])
        planner.note(unreadable: summary.unreadable.count)
        let (unexplained, before) = (planner.finish(), memory)
        let plan: Plan
        (plan, memory) = try await onStoppableThread(to: "read the manifest") { stop in
            var memory = before
            return (try memory.explain(unexplained, stop: stop), memory)
        }
        for omission in plan.omissions { self.logger.info("\(omission)") }
        return (plan, audit)
    }

    /// What lies in the archive, and what its records say of it.
    private func look(_ keeping: Planner.Keeping, now: Date) async throws -> (ArchiveIndex, RecordReview) {
        let index = try await ArchiveIndex.scan(
            FilePath(self.project.root),
            suffixes: self.settings.suffixes,
            passingOver: self.settings.passedOver
        )
        self.logger.info(
            "scanned the archive",
            metadata: ["files": "\(index.summary.files)", "products": "\(index.summary.named)"]
        )
        let project = self.project
        let review = try await onStoppableThread(to: "read SHA256SUMS") { stop in
            let review = try RecordReview(project, index, stop: stop)
            if keeping == .work, review.moved > 0 {
                try MovedProducts(project: project, index: index, stop: stop).follow(now: now)
            }
            return review
        }
        return (index, review)
    }

    private static func text(_ date: Date?) -> String { date.map { CivilTime($0).text } ?? "open" }
}
