import FoundationEssentials
package import Logging
import SystemPackage

/// One project's archive, as every operation finds it.
package struct Archive: Sendable {
    /// The directory that has the directories of all projects.
    let directory: String
    private let requiresMount: Bool
    private let lockPatience: Duration
    package let project: ProjectDirectory
    /// Says of each line which project it is about.
    package let logger: Logger

    package init(_ settings: ProjectSettings, logger: Logger) {
        self.directory = settings.archiveDirectory
        self.requiresMount = settings.requiresMount
        self.lockPatience = settings.lockPatience
        self.project = ProjectDirectory(settings)
        var logger = logger
        logger[metadataKey: "project"] = "\(settings.title)"
        self.logger = logger
    }

    /// The archive's own directory is never made: an empty mount point would be filled in place of the disk that belongs
    /// there.
    ///
    /// - Throws: `FilesystemError` where it is not there, or does not show that its disk is.
    func require() throws {
        switch try SystemCalls.kind(of: self.directory) {
        case .directory: if self.requiresMount { try ArchiveMarker(directory: self.directory).require() }
        case nil:
            throw FilesystemError(
                "open the archive",
                self.directory,
                .noSuchFileOrDirectory,
                cure: "Create it, or mount the disk that holds it."
            )
        default:
            throw FilesystemError("open the archive", self.directory, .notDirectory, cure: "It must be a directory.")
        }
    }

    /// Takes the lock that whoever changes the project holds; waits for another run as long as the settings say.
    ///
    /// - Parameters:
    ///   - command: as others are told who holds it.
    ///   - pace: the clock that they are told since when, and the waiting.
    /// - Throws: `RunLock.Failure`, `FilesystemError`, `CancellationError`.
    func lock(for command: String, pace: Pace) async throws -> ArchiveLock {
        try SystemCalls.requireOwnDirectory(orNothing: self.project.state)
        let shard = self.project.shard.map { " --shard \($0)" } ?? ""
        let holder = RunLockHolder(started: pace.now(), command: "hyp3-mirror \(command)\(shard)")
        let lock = try await self.lock(holder, pace)
        if let note = lock.note { self.logger.notice("\(note)") }
        return lock
    }

    /// Looks this often whether another run has ended.
    private static let interval = Duration.milliseconds(200)

    private func lock(_ holder: RunLockHolder, _ pace: Pace) async throws -> ArchiveLock {
        let end = pace.elapsed() + self.lockPatience
        var hasSaid = false
        while true {
            do {
                return try await ArchiveLock.acquire(self.project, holder: holder)
            } catch let busy as RunLock.Failure where busy.isBusy && pace.elapsed() < end {
                if !hasSaid { self.logger.notice("\(busy); waiting for its end") }
                hasSaid = true
                try await pace.sleep(Self.interval)
            }
        }
    }

    /// Makes what is needed to change the project, and finishes commits that were cut off. Call under the lock.
    ///
    /// - Returns: why something that was committed is not on record, as a sentence; nil where all is.
    /// - Throws: `FilesystemError`, `CancellationError`.
    func open() async throws -> String? {
        let (project, logger) = (self.project, self.logger)
        let marker = self.requiresMount ? ArchiveMarker(directory: self.directory) : nil
        return try await onStoppableThread(to: "open the archive") { stop in
            try marker?.leave()
            _ = try SystemCalls.makeDirectories(project.staging)
            try SystemCalls.requireOwnDirectory(project.staging)
            // A killed shard's unfinished commits are finished by the next whole run, if that shard does not come again.
            let others = project.shard == nil ? try project.parts(with: "journal").filter { $0 != project } : []
            var trouble = try CommitBatch(project, logger: logger, stop: stop).recover(stop: stop)
            for part in others {
                do {
                    let other = try CommitBatch(part, logger: logger, stop: stop).recover(stop: stop)
                    trouble = trouble ?? other
                } catch let error as FilesystemError {
                    logger.warning("what another part of the jobs left half done is not finished: \(error)")
                    trouble = trouble ?? error
                }
            }
            return trouble.map { "a commit that was cut off is left to the next run: \($0)" }
        }
    }
}
