import HyP3Mirror
import Logging

/// Runs `verify` for one project, and tells of it while it goes on.
struct VerifySession {
    /// What came of it.
    struct Run {
        let outcome: Verify.Outcome
        /// False where the call was stopped before the project's turn.
        let hasBegun: Bool

        /// The line for standard output.
        var summary: String {
            let report = self.outcome.report
            if self.hasBegun { return report.summary }
            return CallStop.notBegun(report.project, because: report.stopped ?? report.exitMeaning)
        }
    }

    private let session: Session
    private let stop: CallStop

    init(_ session: Session, stop: CallStop) {
        self.session = session
        self.stop = stop
    }

    func run(_ options: Verify.Options) async -> Run {
        let (session, limit) = (self.session, self.session.settings.maximumRuntime)
        let verify = session.verify
        if let cause = self.stop.cause(limit: limit) { return Run(outcome: verify.notBegun(cause), hasBegun: false) }
        let progress = Verify.Progress()
        let display = VerifyDisplay(session.settings, progress)
        let shown = Task { await display.run() }
        let root = session.settings.projectDirectory
        let outcome = await self.stop.run(limit: limit) { stop in
            await verify.run(options, stop: stop, progress: progress) { event in
                switch event {
                case .begun(let files, let bytes): display.begin(files: files, bytes: bytes)
                case .found(let row):
                    let repair = row.repair.map { "; \($0)" } ?? ""
                    StandardOutput.add(ForeignText.shown("\(row.finding): \(root)/\(row.path): \(row.reason)\(repair)"))
                case .warned(let warning): session.logger.warning("\(warning)")
                }
            }
        }
        shown.cancel()
        await shown.value
        StandardError.show(progress: "")
        let report = outcome.report
        if let reason = report.stopped, ![.hungUp, .interrupted, .terminated].contains(report.exitCode) {
            StandardError.tell(reason)
        }
        StandardError.flush(within: .milliseconds(200))
        return Run(outcome: outcome, hasBegun: true)
    }
}
