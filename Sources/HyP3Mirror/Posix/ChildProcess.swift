import CLinux
import Glibc
import Synchronization
import SystemPackage

/// A program of the user's, run without a shell, in a process group of its own, so that what it started ends with it.
package struct ChildProcess: Sendable {
    /// How it came to its end.
    package enum End: Sendable, Hashable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)
        case overTime(Duration)
        /// The run was stopped.
        case stopped

        package var description: String {
            switch self {
            case .exited(let status): "it ended with \(status)"
            case .signalled(let number): "signal \(number) ended it"
            case .overTime(let limit): "it was stopped after \(DurationText.short(limit))"
            case .stopped: "it was stopped with the run"
            }
        }
    }

    package struct Result: Sendable, Hashable {
        package let end: End
        /// The last line that it wrote to standard output or standard error, cut to a length that a log can bear.
        package let lastLine: String

        package var isSuccess: Bool { self.end == .exited(0) }

        /// A clause for a message.
        package var text: String { self.lastLine.isEmpty ? "\(self.end)" : "\(self.end): \(self.lastLine)" }
    }

    /// An executable file.
    package let path: String
    package let arguments: [String]
    package let environment: [String: String]

    package init(path: String, arguments: [String], environment: [String: String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// What is under way, by process group, for whoever ends this process at once.
    private static let running = Mutex<Set<pid_t>>([])

    /// Ends at once what is under way. Any thread.
    package static func endAll() {
        self.running.withLock { for group in $0 { kill(-group, SIGKILL) } }
    }

    /// Bytes of its output that are kept.
    private static let kept = 4096
    private static let longestLine = 200
    private static let tick: Int32 = 20
    /// Between the wish that it end and its end by force.
    private static let patience = (overTime: Duration.seconds(5), stop: Duration.milliseconds(500))

    /// Runs it to its end. Blocks.
    ///
    /// - Parameters:
    ///   - input: makes what it reads as standard input.
    ///   - limit: it is stopped after so long.
    ///   - stop: it is stopped once that is raised.
    /// - Throws: `FilesystemError` where it cannot be started; what `input` throws.
    package func run(
        _ input: (_ put: ([UInt8]) throws -> Void) throws -> Void,
        limit: Duration,
        stop: StopFlag
    ) throws -> Result {
        let document = linux_memory_file()
        guard document >= 0 else { throw FilesystemError("make input for", self.path, Errno(rawValue: -document)) }
        defer { close(document) }
        var length: Int64 = 0
        try input { bytes in
            try bytes.withUnsafeBytes { try SystemCalls.write($0, to: document, at: length, path: "memory") }
            length += Int64(bytes.count)
        }
        var (reading, writing): (Int32, Int32) = (-1, -1)
        let code = linux_output_pipe(&reading, &writing)
        guard code == 0 else { throw FilesystemError("make a pipe for", self.path, Errno(rawValue: code)) }
        defer { close(reading) }
        let child = try self.start(input: document, output: writing)
        return self.wait(for: child, output: reading, limit: limit, stop: stop)
    }

    private func start(input: Int32, output: Int32) throws(FilesystemError) -> pid_t {
        defer { close(output) }
        var words: [UnsafeMutablePointer<CChar>?] = ([self.path] + self.arguments).map { strdup($0) }
        var variables: [UnsafeMutablePointer<CChar>?] = self.environment.map { strdup("\($0)=\($1)") }
        defer { for text in words + variables { free(text) } }
        words.append(nil)
        variables.append(nil)
        var child: pid_t = 0
        let code = Self.running.withLock { running in
            let code = linux_spawn(&child, self.path, words, variables, input, output)
            if code == 0 { running.insert(child) }
            return code
        }
        guard code == 0 else { throw FilesystemError("run", self.path, Errno(rawValue: code)) }
        return child
    }

    private func wait(for child: pid_t, output: Int32, limit: Duration, stop: StopFlag) -> Result {
        let deadline = ContinuousClock.now + limit
        // Why it was asked to end, when by force, and when it is waited for no more.
        var asked: (end: End, force: ContinuousClock.Instant)?
        var isForced = false
        var tail: [UInt8] = []
        var status: Int32 = 0
        while true {
            var poll = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            Glibc.poll(&poll, 1, Self.tick)
            let isClosed = Self.read(output, into: &tail)
            let found = waitpid(child, &status, WNOHANG)
            if found == child || (found < 0 && errno != EINTR) {
                Self.running.withLock { _ = $0.remove(child) }
                _ = Self.read(output, into: &tail)
                return Result(end: asked?.end ?? Self.end(status), lastLine: Self.lastLine(tail))
            }
            // Without a writer, poll(2) no longer waits.
            if isClosed { usleep(useconds_t(Self.tick) * 1000) }
            let now = ContinuousClock.now
            guard let wish = asked else {
                if stop.isRaised {
                    asked = (.stopped, now + Self.patience.stop)
                } else if now >= deadline {
                    asked = (.overTime(limit), now + Self.patience.overTime)
                }
                if asked != nil { kill(-child, SIGTERM) }
                continue
            }
            if stop.isRaised { asked?.force = min(wish.force, now + Self.patience.stop) }
            guard now >= wish.force else { continue }
            kill(-child, SIGKILL)
            guard isForced else {
                isForced = true
                asked?.force = now + Self.patience.stop
                continue
            }
            // It hangs in the kernel: on a share that is gone, even this signal waits.
            Self.leave(child)
            return Result(end: wish.end, lastLine: Self.lastLine(tail))
        }
    }

    /// Has the process taken note of when it ends, whenever that is.
    private static func leave(_ child: pid_t) {
        let waiting = Task.detached {
            _ = try? await onOwnThread(to: "wait for a program") {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                Self.running.withLock { _ = $0.remove(child) }
            }
        }
        _ = waiting
    }

    private static func end(_ status: Int32) -> End {
        let number = status & 0x7F
        return number == 0 ? .exited((status >> 8) & 0xFF) : .signalled(number)
    }

    /// - Returns: whether nobody can write any more.
    private static func read(_ descriptor: Int32, into tail: inout [UInt8]) -> Bool {
        var block = [UInt8](repeating: 0, count: 4096)
        // Whoever writes without end must not keep this from looking at the time.
        for _ in 0..<64 {
            let count = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return true }
            guard count > 0 else { return false }
            tail += block[..<count]
            if tail.count > Self.kept { tail.removeFirst(tail.count - Self.kept) }
        }
        return false
    }

    private static func lastLine(_ tail: [UInt8]) -> String {
        let line = tail.split(whereSeparator: { $0 == 10 || $0 == 13 }).last { !$0.allSatisfy { $0 <= 32 } } ?? []
        return ForeignText.shown(String(decoding: line.prefix(Self.longestLine), as: UTF8.self))
    }
}
