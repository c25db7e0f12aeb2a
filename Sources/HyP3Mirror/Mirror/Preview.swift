import FoundationEssentials

/// Says what a sync would do; changes nothing.
package struct Preview: Sendable {
    private let settings: ProjectSettings
    private let archive: Archive
    private let session: ServiceSession
    private let open: OpenRows?

    package init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession) {
        self.init(settings, archive, session, open: nil)
    }

    /// - Parameter open: takes the jobs that failed.
    init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession, open: OpenRows?) {
        self.open = open
        self.settings = settings
        self.archive = archive
        self.session = session
    }

    /// - Parameters:
    ///   - stop: is asked to cancel the task where nothing moves any more.
    ///   - onEvent: called as things happen, one at a time.
    /// - Throws: `LoginError`, `CatalogError`, `FilesystemError`, `Standstill`, `CancellationError`.
    package func run(stop: RunStop = RunStop(), onEvent: (RunEvent) -> Void = { _ in }) async throws -> Plan {
        try self.archive.require()
        let motion = Motion()
        do {
            return try await withWatchdog(motion, patience: self.session.patience.standstill, stop) {
                try await self.session.withService(self.settings) { service in
                    motion.follow(service.engine)
                    func tell(_ event: RunEvent) {
                        motion.note(event)
                        onEvent(event)
                    }
                    let logger = self.archive.logger
                    let reader = try self.session.reader(self.settings, service, logger: logger, onEvent: tell)
                    return try await self.plan(service, reader, onEvent: tell)
                }
            }
        } catch {
            if case .standstill(let sentence) = stop.cause { throw Standstill(description: sentence) }
            throw error
        }
    }

    private func plan(_ service: Service, _ reader: PageReader, onEvent: (RunEvent) -> Void) async throws -> Plan {
        let (project, now) = (self.archive.project, self.session.pace.now())
        var memory = try await onStoppableThread(to: "read the state of the archive") {
            try RunMemory(project, stop: $0)
        }
        let planning = Planning(
            settings: self.settings,
            archive: self.archive,
            service: service,
            reader: reader,
            open: self.open
        )
        let (plan, _) = try await planning.plan(nil, &memory, now: now, keeping: .all, onEvent: onEvent)
        var evidence = plan.evidence
        let connections = FetchWidth(self.settings).connections
        var shown = try await Survey(plan, service.listing, connections: connections).plan { survey in
            evidence.note(survey)
            for absent in survey.absent { evidence.miss(absent.product.wanted?.template ?? absent.suffix) }
        }
        do {
            try await SlipCheck(self.settings, reader, service.listing).check(plan, evidence, memory)
        } catch let suspicion as SuspectConfiguration {
            shown.suspicion = suspicion.description
        }
        let directory = self.archive.directory
        let free = try await onOwnThread(to: "look at the disk") { DiskSpace(at: directory)?.free }
        shown.outlook = PlanOutlook(now: service.clock.now, free: free, rate: memory.history.lastRate)
        return shown
    }
}
