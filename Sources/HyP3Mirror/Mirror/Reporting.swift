import FoundationEssentials

/// Says what the archive holds, what is at risk and what was lost; changes nothing.
package struct Reporting: Sendable {
    private let settings: ProjectSettings
    private let archive: Archive
    private let session: ServiceSession

    package init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession) {
        self.settings = settings
        self.archive = archive
        self.session = session
    }

    /// - Parameter isOnline: ask HyP3 first; otherwise needs neither network nor login.
    /// - Throws: `FilesystemError`, `CancellationError`, and online what `Preview.run` throws.
    package func run(
        isOnline: Bool,
        stop: RunStop = RunStop(),
        onEvent: (RunEvent) -> Void = { _ in }
    ) async throws -> ArchiveReport {
        try self.archive.require()
        let (settings, project, now) = (self.settings, self.archive.project, self.session.pace.now())
        var asked: (header: OpenHeader, rows: OpenRows)?
        if isOnline {
            let temporary = "\(FileManager.default.temporaryDirectory.path)/hyp3-mirror-open"
            let rows = OpenRows(beside: temporary)
            var unreadable = 0
            let preview = Preview(settings, self.archive, self.session, open: rows)
            let plan = try await preview.run(stop: stop) { event in
                if case .listed(let summary) = event { unreadable = summary.unreadable.count }
                onEvent(event)
            }
            rows.add(restOf: plan)
            let products = Dictionary(uniqueKeysWithValues: plan.counts.map { ($0.rawValue, $1) })
            var header = OpenHeader(
                asOf: now,
                ended: now,
                query: settings.queryKey,
                jobs: plan.jobs,
                unreadableJobs: unreadable,
                products: products
            )
            header.listedFrom = plan.policy.listedFrom
            header.dropped = rows.dropped
            asked = (header, rows)
        }
        let known = asked
        return try await onStoppableThread(to: "read the records of the archive") { stop in
            try ArchiveReport.read(settings, project, asked: known, now: now, stop: stop)
        }
    }
}
