import FoundationEssentials
import Glibc
import HyP3Mirror
import Logging

/// Where everything goes that is no result: log, progress and sentences. Nothing here waits for a reader.
enum StandardError {
    private static let queue = LineQueue(STDERR_FILENO, limit: 256 << 10) { count in
        "\(Journal.prefix(.warning))hyp3-mirror: \(count) lines are left out here, because nobody read them in time\n"
    }

    /// Whether standard error is a terminal that can go back to a line (`TERM`).
    static let isTerminal = isatty(STDERR_FILENO) == 1 && Terminal.isCapable(ProcessInfo.processInfo.environment)

    /// One line, or several, with their ends.
    static func write(_ lines: String, _ level: Logger.Level = .info) {
        let prefix = Journal.prefix(level)
        self.queue.add(prefix.isEmpty ? lines : lines.split(separator: "\n").map { "\(prefix)\($0)\n" }.joined())
    }

    /// A sentence of the program itself, as a line that begins with its name.
    static func tell(_ sentence: String) { self.write("hyp3-mirror: \(ForeignText.shown(sentence))\n", .error) }

    /// The line at the bottom of a terminal; an empty text takes it away.
    static func show(progress text: String) {
        let width = Terminal.size(of: STDERR_FILENO).width
        self.queue.show(text.isEmpty ? [] : [Terminal.fitted(text, width: width)])
    }

    /// The lines at the bottom of a terminal; see `LineQueue.show`. None while another program has the terminal.
    static func show(progress lines: [String], isResized: Bool) {
        self.queue.show(Terminal.isForeground(STDERR_FILENO) ? lines : [], isResized: isResized)
    }

    /// Whether there are lines at the bottom.
    static var hasProgress: Bool { self.queue.hasProgress }

    /// Takes the lines at the bottom away, and waits a moment till they are.
    static func endProgress() {
        self.queue.show([])
        self.flush(within: .milliseconds(200))
    }

    /// From now on every line is JSON, also the one that tells of lines left out.
    static func expectJSON() {
        self.queue.setNotice { count in
            let time = Date.now.formatted(.iso8601)
            return
                "\(Journal.prefix(.warning)){\"level\":\"warning\",\"lines\":\"\(count)\",\"message\":\"lines are left out here, because nobody "
                + "read them in time\",\"time\":\"\(time)\"}\n"
        }
    }

    /// Keeps lines back until `release`; see `LineQueue`.
    static func hold() { self.queue.hold() }
    static func release(isDropped: Bool) { self.queue.release(isDropped: isDropped) }

    /// Waits a moment for what was said to be read.
    static func flush(within limit: Duration) { _ = self.queue.flush(within: limit) }
}
