import Glibc
import HyP3Mirror
import Logging
import Synchronization

/// Shows how far a run is: on a terminal as lines at its bottom, elsewhere as a line of the log a minute.
final class ProgressDisplay: Sendable {
    private enum Way {
        case nothing, screen
        case log(Logger)
    }

    private struct Known {
        var state: ProgressState
        var surveyed = SurveyTotals()
        var rate = RecentRate(over: .seconds(10))
    }

    /// Between two drawings, and between two lines.
    private static let (frame, heartbeat) = (Duration.milliseconds(250), Duration.seconds(60))

    private let way: Way
    private let traffic: Traffic
    private let known: Mutex<Known>
    private let start = ContinuousClock.now

    init(_ settings: ProjectSettings, traffic: Traffic) {
        self.traffic = traffic
        self.known = Mutex(Known(state: ProgressState(project: ForeignText.shown(settings.name))))
        let isAsked = settings.progress == .always
        let isShown = isAsked || settings.progress == .auto && !settings.isQuiet
        // Who asks for it gets it, whatever the level.
        let level: Logger.Level = isAsked ? .info : settings.logLevel
        let logger = Logger(label: "progress") { _ in LineLogHandler(level: level, format: settings.logFormat) }
        self.way = !isShown ? .nothing : StandardError.isTerminal ? .screen : .log(logger)
    }

    /// One line, for who asks.
    var status: String { ProgressView.line(self.state) }

    func note(_ event: RunEvent) {
        self.known.withLock { known in
            known.state.note(event)
            if case .surveyed(let survey) = event { known.surveyed.add(survey) }
        }
    }

    /// Shows until the task is cancelled.
    func run() async {
        switch self.way {
        case .nothing: break
        case .screen:
            await self.draw()
            StandardError.endProgress()
        case .log(let logger): await self.tell(logger)
        }
    }

    private func draw() async {
        var size = Terminal.size(of: STDERR_FILENO)
        repeat {
            let now = Terminal.size(of: STDERR_FILENO)
            let lines = ProgressView.lines(self.state, now)
            StandardError.show(progress: lines, isResized: now != size)
            size = now
        } while (try? await Task.sleep(for: Self.frame)) != nil
    }

    private func tell(_ logger: Logger) async {
        while (try? await Task.sleep(for: Self.heartbeat)) != nil {
            logger.info("\(ProgressView.line(self.state))")
        }
    }

    private var state: ProgressState {
        self.known.withLock { known in
            var state = known.state
            state.elapsed = self.start.duration(to: .now)
            state.listed = known.surveyed.bytes(ofAll: state.wanted)
            state.transfers = self.traffic.transfers
            state.rate = known.rate.rate(self.traffic.bytes, at: state.elapsed)
            return state
        }
    }
}
