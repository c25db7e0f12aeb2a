import HyP3Mirror

/// Runs `sync` for one project, and tells of it while it goes on.
struct SyncSession {
    /// What came of it.
    struct Run {
        let outcome: Sync.Outcome
        /// False where the call was stopped before the project's turn.
        let hasBegun: Bool

        /// The line for standard output.
        var summary: String {
            let report = self.outcome.report
            if self.hasBegun { return report.summary }
            return "\(ForeignText.shown(report.project)): not begun (\(report.stopped ?? report.exitMeaning))"
        }
    }

    private let session: Session
    private let stop: CallStop

    init(_ session: Session, stop: CallStop) {
        self.session = session
        self.stop = stop
    }

    func run() async -> Run {
        let (session, limit) = (self.session, self.session.settings.maximumRuntime)
        let sync = session.sync
        if let cause = self.stop.cause(limit: limit) {
            return Run(outcome: sync.notBegun(cause), hasBegun: false)
        }
        let traffic = Traffic()
        let display = ProgressDisplay(session.settings, traffic: traffic)
        let shown = Task { await display.run() }
        let outcome = await self.stop.run(limit: limit) { stop in
            var log = EventLog(logger: session.logger)
            let outcome = await sync.run(stop: stop, traffic: traffic) { event in
                log.tell(event)
                display.note(event)
            }
            log.end(outcome.report)
            return outcome
        }
        shown.cancel()
        await shown.value
        StandardError.show(progress: "")
        if let reason = outcome.report.stopped, outcome.report.stoppedAsAsked == nil { StandardError.tell(reason) }
        // On a terminal the sentence comes before the summary.
        StandardError.flush(within: .milliseconds(200))
        return Run(outcome: outcome, hasBegun: true)
    }
}
