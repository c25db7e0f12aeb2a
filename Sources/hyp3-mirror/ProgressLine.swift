import Glibc
import Synchronization

/// The line at the bottom of a terminal that tells how far a run is.
enum ProgressLine {
    private static let shown = Mutex("")

    /// Whether standard error is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Shows `text` in place of what was shown.
    static func show(_ text: String) {
        self.shown.withLock { shown in
            shown = text
            StandardError.writeAll("\r\u{1B}[K" + text)
        }
    }

    /// Takes the line away.
    static func clear() {
        self.shown.withLock { shown in
            guard !shown.isEmpty else { return }
            StandardError.writeAll("\r\u{1B}[K")
            shown = ""
        }
    }

    /// Lets `write` put whole lines above the progress line.
    static func interrupt(_ write: () -> Void) {
        self.shown.withLock { shown in
            guard !shown.isEmpty else { return write() }
            StandardError.writeAll("\r\u{1B}[K")
            write()
            StandardError.writeAll(shown)
        }
    }
}
