import FoundationEssentials
import HyP3Mirror
import Synchronization

/// Shows on a terminal how far a run is; in a log (`--progress always`) a line a minute.
final class ProgressDisplay: Sendable {
    private struct Counts {
        var wanted = 0
        var done = 0
        var notArchived = 0
        var surveyed = SurveyTotals()
    }

    private let isShown: Bool
    private let isTerminal = StandardError.isTerminal
    private let traffic: Traffic
    private let counts = Mutex(Counts())

    init(_ settings: ProjectSettings, traffic: Traffic) {
        self.traffic = traffic
        switch settings.progress {
        case .always: self.isShown = true
        case .never: self.isShown = false
        case .auto: self.isShown = StandardError.isTerminal && !settings.isQuiet
        }
    }

    func note(_ event: RunEvent) {
        self.counts.withLock { counts in
            switch event {
            case .planned(let plan): counts.wanted = plan.count(.fetch)
            case .surveyed(let survey):
                counts.wanted += survey.growth
                counts.surveyed.add(survey)
            case .fetched(let outcome):
                counts.done += 1
                if case .failed = outcome.result { counts.notArchived += 1 }
            default: break
            }
        }
    }

    /// Shows until the task is cancelled.
    func run() async {
        guard self.isShown else { return }
        let interval: Duration = self.isTerminal ? .milliseconds(500) : .seconds(60)
        var before = self.traffic.bytes
        while (try? await Task.sleep(for: interval)) != nil {
            let bytes = self.traffic.bytes
            self.show(bytes: bytes, rate: Double(bytes - before) / interval.inSeconds)
            before = bytes
        }
    }

    private func show(bytes: Int64, rate: Double) {
        let counts = self.counts.withLock { $0 }
        guard counts.wanted > 0 else { return }
        var text = "\(counts.done)/\(counts.wanted) products, \(ByteText.decimal(bytes))"
        if let total = counts.surveyed.bytes(ofAll: counts.wanted) { text += " of \(ByteText.decimal(total))" }
        text += ", \(ByteText.decimal(Int64(rate)))/s"
        if counts.notArchived > 0 { text += ", \(counts.notArchived) not archived" }
        if self.isTerminal { StandardError.show(progress: text) } else { StandardError.write(text + "\n") }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18
    }
}
