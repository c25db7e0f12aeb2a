import FoundationEssentials
import HyP3Mirror

/// Runs `sync` for one project and writes what the user asked to have written.
struct SyncSession {
    private let session: Session
    private let stop: RunStop

    init(_ session: Session, stop: RunStop) {
        self.session = session
        self.stop = stop
    }

    /// - Parameter before: reports of the projects of this command that came before, for the metrics file.
    /// - Throws: `FilesystemError` when a report cannot be written; the archive is as the summary said all the same.
    func run(before: [RunReport]) async throws -> RunReport {
        let settings = self.session.settings
        let outcome = await self.sync()
        ProgressLine.clear()
        if let stopped = outcome.report.stopped, self.stop.cause == nil {
            StandardError.write("hyp3-mirror: \(stopped)\n")
        }
        print(outcome.report.summary)
        if let path = settings.newFilesFile {
            try replaceFile(at: path, with: Array(outcome.newFiles.map { $0 + "\n" }.joined().utf8))
        }
        if let path = settings.reportFile { try replaceFile(at: path, with: try outcome.report.json()) }
        if let path = settings.metricsFile {
            try replaceFile(at: path, with: Array(RunMetrics.text(before + [outcome.report]).utf8))
        }
        return outcome.report
    }

    private func sync() async -> Mirror.Outcome {
        let (session, stop) = (self.session, self.stop)
        let traffic = Traffic()
        let display = ProgressDisplay(session.settings, traffic: traffic)
        let task = Task {
            let mirror = Mirror(session.settings, environment: session.environment, logger: session.logger)
            return await mirror.sync(stop: stop, traffic: traffic) { event in
                EventLog(logger: session.logger).tell(event)
                display.note(event)
            }
        }
        let signals = Signals(stop) { task.cancel() }
        let helpers = [
            Task { await display.run() },
            Task {
                guard let limit = session.settings.maximumRuntime else { return }
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                stop.request(.maximumRuntime)
                task.cancel()
            },
        ]
        let outcome = await task.value
        for helper in helpers { helper.cancel() }
        for helper in helpers { await helper.value }
        signals.end()
        return outcome
    }
}
