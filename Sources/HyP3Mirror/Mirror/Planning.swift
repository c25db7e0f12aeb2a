import FoundationEssentials
import Logging
import SystemPackage

/// Asks HyP3 what there is and the archive what it has, side by side, and makes the plan of it.
struct Planning {
    let settings: ProjectSettings
    let archive: Archive
    let service: Service
    let reader: PageReader
    /// Takes the jobs that failed; nil where nobody asks for them.
    var open: OpenRows?
    /// Takes the images to be archived; nil where nobody asks for them.
    var quicklooks: QuicklookBox?

    /// Makes the plan.
    ///
    /// - Parameters:
    ///   - early: a page that was read before.
    ///   - now: by this machine's clock, when the run started.
    /// - Throws: `LoginError`, `CatalogError`, `FilesystemError`, `CancellationError`.
    func plan(
        _ early: EarlyPage?,
        _ memory: inout RunMemory,
        now: Date,
        keeping: Planner.Keeping,
        onEvent: (RunEvent) -> Void
    ) async throws -> (plan: Plan, audit: PresenceAudit) {
        let earlier = memory.earlierRuns(self.settings.queryKey, now: now)
        var policy = PlanPolicy(self.settings, now: now, earlier: earlier)
        policy.listedFrom = memory.beginListing(self.settings, now: now)
        let absences = self.settings.checksStructure ? memory.absences : memory.absences.acceptingDamage
        let query = self.query(from: policy.listedFrom)
        self.archive.logger.info(
            "listing jobs",
            metadata: ["from": "\(Self.text(query.start))", "to": "\(Self.text(query.end))"]
        )
        onEvent(.entered(.readingArchive))
        // Waiting for HyP3 and waiting for the disk take the longer of the two.
        async let looked = self.look(keeping, now: now)
        async let asked = self.firstPage(early, query)
        let (index, review) = try await looked
        var seen = index.summary
        // Where the layout parts jobs, their files may share a name.
        if self.settings.layout.partsJobs { seen.repeated = 0 }
        onEvent(.scanned(seen))
        onEvent(.reviewed(review))
        let first = try await asked
        if let warning = self.service.clock.warning { onEvent(.warned(warning)) }
        var planner = Planner(
            policy: policy,
            index: index,
            memory: ProductMemory(absences: absences, review: review),
            keeping: keeping
        )
        planner.judgeExpiry(at: self.service.clock.now)
        var audit = PresenceAudit(
            index,
            shard: self.settings.shard,
            layout: self.settings.layout,
            now: self.service.clock.now
        )
        var jobs = 0
        var quicklooks = self.quicklooks.map { _ in
            QuicklookPlan(policy: planner.policy, index: index, memory: absences)
        }
        let listing = JobListing(reader: self.reader)
        let summary = try await listing.read(query, parameters: self.settings.templateParameters, early: first) {
            page in
            planner.add(page)
            quicklooks?.add(page)
            self.open?.add(failedOf: page, shard: self.settings.shard)
            jobs += page.jobs.count
            onEvent(.entered(.listing(jobs: jobs)))
            if keeping == .work { audit.add(page.jobs) }
        }
        onEvent(.listed(summary))
        self.archive.logger.info("listed the jobs", metadata: ["jobs": "\(summary.jobs)", "pages": "\(summary.pages)"])
        self.quicklooks?.found = quicklooks
        planner.note(unreadable: summary.unreadable.count)
        if let found = self.unreadable(summary.unreadable, &memory, keeping) { onEvent(.foundUnreadable(found)) }
        let (planned, before, project) = (planner, memory, self.archive.project)
        let explained: Plan
        (explained, memory) = try await onStoppableThread(to: "read the manifest") { stop in
            var memory = before
            let owners = try planned.owners(by: ManifestReader(project: project, stop: stop))
            let copy = planned
            return (try memory.explain(copy.finish(owners), stop: stop), memory)
        }
        let plan = try await NameComparison(listing: self.service.listing).compared(explained)
        for omission in plan.omissions { self.archive.logger.info("\(omission)") }
        return (plan, audit)
    }

    /// What is to be told of jobs that cannot be read: to who only looks, all.
    private func unreadable(
        _ jobs: FirstFew,
        _ memory: inout RunMemory,
        _ keeping: Planner.Keeping
    ) -> UnreadableJobs? {
        switch keeping {
        case .work: memory.recordUnreadable(jobs, now: self.service.clock.now)
        case .all: jobs.isEmpty ? nil : UnreadableJobs(jobs: jobs, new: jobs.count)
        }
    }

    /// - Parameter start: where it is not the settings' own.
    private func query(from start: Date?) -> JobQuery {
        var query = JobQuery(self.settings)
        query.start = start ?? query.start
        return query
    }

    private func firstPage(_ early: EarlyPage?, _ query: JobQuery) async throws -> EarlyPage {
        defer { self.service.timeLine.pass(.firstPage) }
        if let early, early.url == query.url(at: self.settings.host) { return early }
        return try await EarlyPage(of: query, self.reader, parameters: self.settings.templateParameters)
    }

    /// What lies in the archive, and what its records say of it.
    private func look(_ keeping: Planner.Keeping, now: Date) async throws -> (ArchiveIndex, RecordReview) {
        let index = try await ArchiveIndex.scan(
            FilePath(self.archive.project.root),
            suffixes: self.settings.indexedSuffixes,
            passingOver: self.settings.passedOver
        )
        self.archive.logger.info(
            "scanned the archive",
            metadata: ["files": "\(index.summary.files)", "products": "\(index.summary.named)"]
        )
        let project = self.archive.project
        let review = try await onStoppableThread(to: "read SHA256SUMS") { stop in
            var review = try RecordReview(project, index, stop: stop)
            if keeping == .work, review.moved > 0 {
                try MovedProducts(project: project, index: index, stop: stop).follow(now: now)
            }
            if keeping == .work, review.unlisted > 0, project.shard == nil {
                let unlisted = UnlistedProducts(project: project, index: index, listed: review.listed, stop: stop)
                review.note(listed: try unlisted.list())
            }
            return review
        }
        return (index, review)
    }

    private static func text(_ date: Date?) -> String { date.map { CivilTime($0).text } ?? "open" }
}
