import Glibc
import HyP3Mirror
import SystemPackage

/// Where results go.
enum StandardOutput {
    private static let queue = LineQueue(STDOUT_FILENO, limit: .max) { _ in "" }

    /// A result of a long run, written aside, so that it never holds up the next project.
    static func add(_ line: String) {
        // The cursor is where the lines at the bottom begin, which come again below.
        let clear = StandardError.hasProgress && isatty(STDOUT_FILENO) == 1 ? LineQueue.clear : ""
        self.queue.add(clear + line + "\n")
    }

    /// Waits for the lines that were added to be read.
    ///
    /// - Throws: `FilesystemError` when they could not be written. A reader that has gone wants no more, which is no error.
    static func finish(within limit: Duration) throws(FilesystemError) {
        switch self.queue.flush(within: limit) {
        case .written, .failed(.brokenPipe): return
        case .failed(let errno): throw FilesystemError("write to", "standard output", errno)
        case .unread:
            throw FilesystemError(
                "write to",
                "standard output",
                .timedOut,
                cure: "Nobody read it for \(DurationText.short(limit))."
            )
        }
    }
}
