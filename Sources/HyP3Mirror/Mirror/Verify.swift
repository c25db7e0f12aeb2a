import Logging
import Synchronization
import SystemPackage

/// Reads the archive again and holds it against its record: what it can prove, and what not.
package struct Verify: Sendable {
    /// What is to be done beside reading.
    package struct Options: Sendable {
        /// So much of the archive, what was not looked at for longest; nil means all.
        package var sample: Shard?
        /// Put aside what is damaged, and fetch it again.
        package var repairs = false
        /// Take in what was there before this program.
        package var adopts = false

        package init() {}
    }

    /// What happens, as it happens.
    package enum Event: Sendable {
        /// Products and bytes that are to be read.
        case begun(files: Int, bytes: Int64)
        /// Somebody may want to look after it.
        case found(VerifyReport.Row)
        case warned(String)
    }

    /// How far it is. Any thread.
    package final class Progress: Sendable {
        private let filesDone = Atomic<Int>(0)
        private let bytesDone = Atomic<Int>(0)

        package init() {}

        package var files: Int { self.filesDone.load(ordering: .relaxed) }
        package var bytes: Int64 { Int64(self.bytesDone.load(ordering: .relaxed)) }

        func add(bytes: Int) { self.bytesDone.wrappingAdd(bytes, ordering: .relaxed) }
        func addFile() { self.filesDone.wrappingAdd(1, ordering: .relaxed) }
    }

    package struct Outcome: Sendable {
        package let report: VerifyReport
        /// Of the report.
        package let rows: RunRows
    }

    let settings: ProjectSettings
    let archive: Archive
    let session: ServiceSession

    package init(_ settings: ProjectSettings, _ archive: Archive, _ session: ServiceSession) {
        // The archive is one, however its jobs are shared out.
        var settings = settings
        settings.shard = nil
        self.settings = settings
        self.archive = Archive(settings, logger: archive.logger)
        self.session = session
    }

    private func tally(_ options: Options) -> VerifyTally {
        let report = VerifyReport(
            project: self.settings.name,
            directory: self.archive.project.root,
            started: self.session.pace.now()
        )
        return VerifyTally(report, rows: RunRows(for: self.settings.reportFile), repairs: options.repairs)
    }

    /// What is left by one that was stopped before it began.
    package func notBegun(_ cause: RunStop.Cause) -> Outcome {
        self.tally(Options()).outcome(.stopped(cause), ended: self.session.pace.now(), isWhole: false)
    }

    /// Never throws: how it ended stands in its report.
    ///
    /// - Parameters:
    ///   - stop: says why, when the task is cancelled.
    ///   - onEvent: called as things happen, one at a time, from any thread.
    package func run(
        _ options: Options,
        stop: RunStop,
        progress: Progress,
        onEvent: @escaping @Sendable (Event) -> Void
    ) async -> Outcome {
        let tally = self.tally(options)
        tally.onEvent = onEvent
        var isWhole = false
        var ending = RunEnding.complete
        do {
            try self.requireProject()
            let holder = RunLockHolder(started: self.session.pace.now(), command: "hyp3-mirror verify")
            try SystemCalls.requireOwnDirectory(orNothing: self.archive.project.state)
            let lock = try await RunLock.acquire(FilePath(self.archive.project.verifyLock), holder: holder)
            defer { lock.release() }
            let watchdog = Watchdog(
                patience: self.session.patience.standstill,
                progress: { progress.bytes &+ Int64(progress.files) },
                activity: { "reading the archive" }
            )
            try await withHelper {
                if let sentence = try await watchdog.watch() { stop.request(.standstill(sentence)) }
            } during: {
                try await self.verify(options, tally, progress)
            }
            isWhole = true
        } catch {
            ending = Sync.ending(error, stop: stop)
        }
        return tally.outcome(ending, ended: self.session.pace.now(), isWhole: isWhole)
    }

    /// A directory that is not there has nothing to be verified, which nobody means who asks for it.
    private func requireProject() throws {
        try self.archive.require()
        let root = self.archive.project.root
        if try SystemCalls.kind(of: root) == .directory { return }
        throw FilesystemError(
            "verify the archive of the project",
            root,
            .noSuchFileOrDirectory,
            cure: "Nothing was archived there yet; sync does that."
        )
    }

    private func verify(_ options: Options, _ tally: VerifyTally, _ progress: Progress) async throws {
        let (index, unknown) = try await self.read(options, tally, progress)
        tally.note(unknown, adopts: options.adopts)
        try await self.keepUp(options, tally, index, unknown.paths)
    }

    /// Reads what is due. What is known of a million products takes memory, and is given back in the end.
    ///
    /// - Returns: what lies in the archive, and what of it no record knows.
    private func read(
        _ options: Options,
        _ tally: VerifyTally,
        _ progress: Progress
    ) async throws -> (ArchiveIndex, UnknownFiles.Found) {
        let project = self.archive.project
        let index = try await ArchiveIndex.scan(
            FilePath(project.root),
            suffixes: self.settings.indexedSuffixes,
            passingOver: self.settings.passedOver
        )
        for warning in index.summary.warnings { tally.warn(warning) }
        if index.summary.hasUnreadable { tally.noteTrouble() }
        let known = try await onStoppableThread(to: "read the manifest") { try KnownFiles(project, stop: $0) }
        let due = known.due(sample: options.sample)
        tally.begin(known, due: due, sample: options.sample)
        let pace = self.session.pace
        let verification = Verification(
            project: project,
            known: known,
            index: index,
            pace: ReadingPace(self.settings.rate, now: pace.now),
            now: { pace.now() }
        )
        try await onStoppableThread(to: "verify the archive") { stop in
            try verification.run(
                due,
                stop: stop,
                onBytes: { progress.add(bytes: $0) },
                onFinding: { finding in
                    progress.addFile()
                    tally.note(finding)
                }
            )
        }
        tally.note(bytesRead: progress.bytes)
        let unknown = try await onStoppableThread(to: "look for what no record knows") {
            try UnknownFiles(project: project, index: index, stop: $0).find(known)
        }
        return (index, unknown)
    }

    /// Does what changes the archive, while nobody else does.
    private func keepUp(
        _ options: Options,
        _ tally: VerifyTally,
        _ index: ArchiveIndex,
        _ unknown: [String]
    ) async throws {
        let lock: ArchiveLock
        do {
            let command = "verify" + (options.repairs ? " --repair" : "") + (options.adopts ? " --adopt" : "")
            lock = try await self.archive.lock(for: command, pace: self.session.pace)
        } catch let error as RunLock.Failure {
            guard case .busy = error, !options.repairs, !options.adopts else { throw error }
            self.archive.logger.info("the records are left as they are: \(error)")
            return
        }
        defer { lock.release() }
        let (project, now, moved) = (self.archive.project, self.session.pace.now(), tally.moved)
        if let trouble = try await self.archive.open() {
            tally.noteTrouble()
            tally.warn(trouble)
        }
        let done = try await onStoppableThread(to: "keep the records up") { stop in
            if !moved.isEmpty {
                try MovedProducts(project: project, index: index, names: moved, stop: stop).follow(now: now)
            }
            return try RecordUpkeep(project: project, stop: stop).run()
        }
        if done != RecordUpkeep.Done() {
            self.archive.logger.info(
                "tidied the records",
                metadata: ["dropped": "\(done.dropped)", "listed": "\(done.listed)", "unlisted": "\(done.unlisted)"]
            )
        }
        if options.repairs {
            try await Repair(settings: self.settings, archive: self.archive, session: self.session)
                .run(tally.takeDamaged(), tally)
        }
        if options.adopts {
            try await Adoption(settings: self.settings, archive: self.archive, session: self.session)
                .run(unknown, tally, repairs: options.repairs)
            // The list gets a line for each.
            _ = try await onStoppableThread(to: "keep the records up") {
                try RecordUpkeep(project: project, stop: $0).run()
            }
        }
    }
}
