import HyP3Mirror
import Synchronization

/// Shows on a terminal how far a verification is; in a log (`--progress always`) a line a minute.
final class VerifyDisplay: Sendable {
    private let isShown: Bool
    private let isTerminal = StandardError.isTerminal
    private let progress: Verify.Progress
    private let due = Mutex((files: 0, bytes: Int64(0)))

    init(_ settings: ProjectSettings, _ progress: Verify.Progress) {
        self.progress = progress
        switch settings.progress {
        case .always: self.isShown = true
        case .never: self.isShown = false
        case .auto: self.isShown = StandardError.isTerminal && !settings.isQuiet
        }
    }

    func begin(files: Int, bytes: Int64) { self.due.withLock { $0 = (files, bytes) } }

    /// Shows until the task is cancelled.
    func run() async {
        guard self.isShown else { return }
        let seconds = self.isTerminal ? 0.5 : 60
        var before = self.progress.bytes
        while (try? await Task.sleep(for: .seconds(seconds))) != nil {
            let bytes = self.progress.bytes
            let due = self.due.withLock { $0 }
            let rate = ByteText.decimal(Int64(Double(bytes - before) / seconds))
            before = bytes
            guard due.files > 0 else { continue }
            let text =
                "\(self.progress.files)/\(due.files) files verified, \(ByteText.decimal(bytes)) of "
                + "\(ByteText.decimal(due.bytes)), \(rate)/s"
            if self.isTerminal { StandardError.show(progress: text) } else { StandardError.write(text + "\n") }
        }
    }
}
