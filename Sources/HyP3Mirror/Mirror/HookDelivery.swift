import Logging
import Synchronization

/// Hands what is archived to the program of `on_archived`, while a run goes on and after it, until the queue is empty.
///
/// Nothing here undoes an archive or ends a run: what fails is told, counted and left in the queue. A run waits for it no
/// longer than `longest` after its own work, and gives up where the program fails time after time.
final class HookDelivery: Sendable {
    private struct State {
        /// When whatever is left is left to the next run; nil while the run is at work.
        var deadline: ContinuousClock.Instant?
        /// Errands about these jobs wait; nil where all do.
        var waiting: Set<UInt64>?
    }

    /// How one start of the program ended.
    private enum Ending: Sendable {
        case done
        /// What it was about, and why.
        case failed(String)
        /// Not begun, or cut off.
        case stopped
    }

    private static let longest = Duration.seconds(1800)
    /// Errands between two looks at the queue; a kill has so many handed over again at most.
    private static let round = 64
    /// Failures in a row after which the program is left alone.
    private static let mostFailures = 16
    /// Failures that are told one by one.
    private static let mostTold = 5

    private let settings: ProjectSettings
    private let project: ProjectDirectory
    private let command: HookCommand
    private let environment: [String: String]
    private let logger: Logger
    private let state = Mutex(State())
    private let (nudges, nudge) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Nil without `on_archived`.
    ///
    /// - Parameter environment: of the run.
    init?(_ settings: ProjectSettings, _ archive: Archive, environment: [String: String]) {
        guard let command = settings.onArchived else { return nil }
        self.settings = settings
        self.project = archive.project
        self.command = command
        self.environment = HookEnvironment.of(environment)
        self.logger = archive.logger
    }

    /// There may be something to hand over.
    func wake() { self.nudge.yield() }

    /// The run's own work is done.
    ///
    /// - Parameter jobs: those of which something may still come, by the key of their errands; nil where nobody knows.
    func close(waitingFor jobs: Set<UInt64>?) {
        self.state.withLock { state in
            state.deadline = .now + Self.longest
            state.waiting = jobs
        }
        self.nudge.yield()
        self.nudge.finish()
    }

    /// Works until it is closed and the queue is empty, or the task is cancelled.
    func run() async -> HookCounts {
        var round = Round()
        do {
            for await _ in self.nudges {
                guard !round.hasGivenUp, !Task.isCancelled else { continue }
                try await self.deliver(&round)
            }
            round.counts.waiting = try await self.count()
        } catch is CancellationError {
            // Nothing is lost: the queue is on the disk.
        } catch {
            round.counts.warnings.append("on_archived is left to the next run: \(sentence(of: error))")
        }
        if round.counts.failed > Self.mostTold {
            round.counts.warnings.append("on_archived failed \(Count.of(round.counts.failed, "time")) in all")
        }
        return round.counts
    }

    /// What one run has done so far.
    private struct Round {
        var counts = HookCounts()
        /// Errands that failed: each is tried once a run.
        var failed: Set<UInt64> = []
        var failuresInRow = 0
        var hasGivenUp = false
    }

    private func deliver(_ round: inout Round) async throws {
        let (project, unit) = (self.project, self.settings.onArchivedEach)
        let queues = try await onStoppableThread(to: "look for what is owed") { stop in
            try HookQueue.takenIn(project, stop: stop)
        }
        let (deadline, waiting) = self.state.withLock { ($0.deadline, $0.waiting) }
        if unit == .job, waiting == nil { return }
        for queue in queues {
            while !round.hasGivenUp, !Task.isCancelled, deadline.map({ $0 > .now }) ?? true {
                let passedOver = round.failed.union(waiting ?? [])
                let errands = try await onStoppableThread(to: "look for what is owed") { _ in
                    try queue.errands(unit, most: Self.round, passingOver: passedOver)
                }
                if errands.isEmpty { break }
                let program: String
                do throws(FilesystemError) {
                    program = try self.command.executable(self.environment)
                } catch {
                    round.hasGivenUp = true
                    round.counts.failed += 1
                    round.counts.warnings.append("on_archived is left to the next run: \(error)")
                    return
                }
                let (done, failed) = await self.run(program, errands, deadline, &round)
                // A signal that ended the run does not end this: it is short.
                try await onOwnThread(to: "note what was handed over") {
                    try queue.settle(unit, done: done, failed: failed)
                }
            }
        }
    }

    /// Runs the program for each errand, a few at once.
    private func run(
        _ program: String,
        _ errands: [HookQueue.Errand],
        _ deadline: ContinuousClock.Instant?,
        _ round: inout Round
    ) async -> (done: Set<UInt64>, failed: Set<UInt64>) {
        var done: Set<UInt64> = []
        var failed: Set<UInt64> = []
        await withTaskGroup(of: (UInt64, Ending).self) { group in
            var next = errands.startIndex
            func start() {
                guard next < errands.endIndex, !round.hasGivenUp, !Task.isCancelled, deadline.map({ $0 > .now }) ?? true
                else { return }
                let errand = errands[next]
                next += 1
                group.addTask { (errand.key, await self.run(program, errand)) }
            }
            for _ in 0..<self.settings.hooksAtOnce { start() }
            while let (key, ending) = await group.next() {
                switch ending {
                case .done:
                    done.insert(key)
                    round.counts.delivered += 1
                    round.failuresInRow = 0
                case .failed(let sentence):
                    failed.insert(key)
                    round.failed.insert(key)
                    round.counts.failed += 1
                    round.failuresInRow += 1
                    if round.counts.failed <= Self.mostTold { self.logger.warning("\(sentence)") }
                    if round.failuresInRow == Self.mostFailures, !round.hasGivenUp {
                        round.hasGivenUp = true
                        round.counts.warnings.append(
                            "on_archived failed \(Self.mostFailures) times in a row and is left to the next run"
                        )
                    }
                case .stopped: break
                }
                start()
            }
        }
        return (done, failed)
    }

    private func run(_ program: String, _ errand: HookQueue.Errand) async -> Ending {
        let (settings, project, logger) = (self.settings, self.project, self.logger)
        let (arguments, environment) = (self.command.arguments, self.environment)
        let about = errand.entries.first?.path ?? ""
        do {
            return try await onStoppableThread(to: "run on_archived") { stop in
                var products: [HookDocument.Archived] = []
                for entry in errand.entries {
                    let file = project.path(of: entry.path)
                    guard try SystemCalls.kind(of: file) == .file else {
                        logger.notice(
                            "it is not in its place any more, and is not handed to on_archived",
                            metadata: ["path": "\(entry.path)"]
                        )
                        continue
                    }
                    products.append(HookDocument.Archived(entry: entry, file: file))
                }
                if products.isEmpty { return .done }
                let document = HookDocument(settings, project.root, products)
                let child = ChildProcess(
                    path: program,
                    arguments: arguments + products.map(\.file),
                    environment: environment
                )
                let result = try child.run(
                    { try $0(try JSONOutput.bytes(document) + [10]) },
                    limit: settings.hookTimeout,
                    stop: stop
                )
                if result.isSuccess { return .done }
                if result.end == .stopped { return .stopped }
                return .failed("on_archived failed for \(about), and is tried again by the next run: \(result.text)")
            }
        } catch {
            let reason = sentence(of: error)
            return .failed("on_archived failed for \(about), and is tried again by the next run: \(reason)")
        }
    }

    private func count() async throws -> Int {
        let (project, unit) = (self.project, self.settings.onArchivedEach)
        return try await onOwnThread(to: "count what is owed") {
            // What was archived after the last look is owed, too.
            try HookQueue.takenIn(project).reduce(0) { try $0 + $1.count(unit) }
        }
    }
}
