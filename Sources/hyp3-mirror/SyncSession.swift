import FoundationEssentials
import HyP3Mirror

/// Runs `sync` for one project, and tells of it while it goes on.
struct SyncSession {
    /// What came of it.
    struct Run {
        let outcome: Sync.Outcome
        /// False where the call was stopped before the project's turn.
        let hasBegun: Bool
        /// False where `--quiet` was asked for and nobody need do anything, or the sentence on standard error says it all.
        let needsSummary: Bool

        /// The line for standard output.
        var summary: String {
            let report = self.outcome.report
            if self.hasBegun { return report.summary }
            return CallStop.notBegun(report.project, because: report.stopped ?? report.exitMeaning)
        }
    }

    private let session: Session
    private let stop: CallStop
    private let manager: ServiceManager?

    init(_ session: Session, stop: CallStop, manager: ServiceManager?) {
        self.session = session
        self.stop = stop
        self.manager = manager
    }

    /// - Parameter failure: why it cannot begin; nil where it can.
    func run(_ failure: (status: RunStatus, sentence: String)? = nil) async -> Run {
        let (session, limit) = (self.session, self.session.settings.maximumRuntime)
        let isQuiet = session.settings.isQuiet
        let sync = session.sync
        if let cause = self.stop.cause(limit: limit) {
            return Run(outcome: sync.notBegun(cause), hasBegun: false, needsSummary: true)
        }
        if let failure {
            let outcome = sync.notBegun(failure.status, failure.sentence)
            let isTold =
                failure.status == .unavailable
                && QuietOutage(session.projects.outage, isQuiet: isQuiet).end(outcome.report)
            if !isTold { StandardError.tell(failure.sentence) }
            return Run(outcome: outcome, hasBegun: false, needsSummary: !isQuiet)
        }
        let traffic = Traffic()
        let display = ProgressDisplay(session.settings, traffic: traffic)
        self.manager?.follow { display.status }
        let outages = QuietOutage(OutageBook([session.settings]), isQuiet: isQuiet)
        outages.begin()
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
        let isTold = outages.end(outcome.report)
        if let reason = outcome.report.stopped, outcome.report.stoppedAsAsked == nil, !isTold {
            StandardError.tell(reason)
        }
        // On a terminal the sentence comes before the summary.
        StandardError.flush(within: .milliseconds(200))
        let isSilent = isQuiet && (isTold || outcome.report.exitCode == .ok)
        return Run(outcome: outcome, hasBegun: true, needsSummary: !isSilent)
    }
}
