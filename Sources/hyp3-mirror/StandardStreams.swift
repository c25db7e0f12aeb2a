import FoundationEssentials
import Glibc
import HyP3Mirror
import SystemPackage

/// Where everything goes that is no result: log, progress and sentences. Nothing here waits for a reader.
enum StandardError {
    private static let queue = LineQueue(STDERR_FILENO, limit: 256 << 10) { count in
        "hyp3-mirror: \(count) lines are left out here, because nobody read them in time\n"
    }

    /// Whether standard error is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// One line, or several, with their ends.
    static func write(_ lines: String) { self.queue.add(lines) }

    /// A sentence of the program itself, as a line that begins with its name.
    static func tell(_ sentence: String) { self.write("hyp3-mirror: \(ForeignText.shown(sentence))\n") }

    /// The line at the bottom of a terminal; an empty text takes it away.
    static func show(progress text: String) { self.queue.show(text.isEmpty ? "" : "\r\u{1B}[K" + text) }

    /// From now on every line is JSON, also the one that tells of lines left out.
    static func expectJSON() {
        self.queue.setNotice { count in
            let time = Date.now.formatted(.iso8601)
            return
                "{\"level\":\"warning\",\"lines\":\"\(count)\",\"message\":\"lines are left out here, because nobody "
                + "read them in time\",\"time\":\"\(time)\"}\n"
        }
    }

    /// Waits a moment for what was said to be read.
    static func flush(within limit: Duration) { _ = self.queue.flush(within: limit) }
}

/// Where results go.
enum StandardOutput {
    private static let queue = LineQueue(STDOUT_FILENO, limit: .max) { _ in "" }

    /// A result of a long run, written aside, so that it never holds up the next project.
    static func add(_ line: String) { self.queue.add(line + "\n") }

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
