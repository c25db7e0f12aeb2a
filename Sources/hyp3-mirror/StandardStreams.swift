import FoundationEssentials
import Glibc
import HyP3Mirror
import Logging
import SystemPackage

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

/// The result of a short command: as much as its reader takes, at the reader's pace.
struct ResultWriter: ~Copyable {
    /// The reader has gone, as `head` does once it has had enough.
    struct Enough: Error {}

    private var buffer: [UInt8] = []

    /// - Throws: `FilesystemError`, or `Enough`.
    mutating func write(_ line: String) throws {
        self.buffer += Array(line.utf8)
        self.buffer.append(UInt8(ascii: "\n"))
        if self.buffer.count >= 1 << 16 { try self.flush() }
    }

    /// - Throws: `FilesystemError`, or `Enough`.
    mutating func flush() throws {
        let bytes = self.buffer
        self.buffer.removeAll(keepingCapacity: true)
        do throws(Errno) {
            try Descriptor.write(bytes, to: STDOUT_FILENO)
        } catch .brokenPipe {
            throw Enough()
        } catch {
            throw FilesystemError("write to", "standard output", error)
        }
    }
}
