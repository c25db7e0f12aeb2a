import Foundation
import Synchronization

/// What a run of a program came to.
struct CommandResult: Sendable {
    /// The exit status, or 128 + the signal that ended it.
    var exit: Int32
    /// What it said on standard output and standard error.
    var output: String
    var errors: String
    /// From the start to the end of the process.
    var duration: Duration

    /// The one sentence on standard error that says why a run could not do its work; nil unless there is just one.
    var sentence: String? {
        let lines = self.errors.split(separator: "\n").filter { $0.hasPrefix("hyp3-mirror: ") }
        return lines.count == 1 ? lines.first.map(String.init) : nil
    }
}

/// A program, running.
final class RunningCommand: Sendable {
    private struct State {
        var ended: (status: Int32, duration: Duration)?
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Its process number.
    let process: pid_t
    private let files: String
    private let state: Mutex<State>

    /// The executable lies beside the tests, where the build put both; `HYP3_MIRROR` names another one.
    static var executable: String? {
        if let path = ProcessInfo.processInfo.environment["HYP3_MIRROR"] { return path }
        let tests = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "hyp3-mirror").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: the program, found by `PATH` or given as a path, and its arguments.
    ///   - environment: all of it but `PATH`.
    ///   - directory: gets the files with what the program says; the program runs there, too.
    init(_ arguments: [String], environment: [String: String] = [:], directory: String) throws {
        self.files = "\(directory)/run-\(UUID().uuidString)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, self.files + ".out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, self.files + ".err", O_WRONLY | O_CREAT, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, usual) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&usual)
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGPIPE] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        let variables = environment.merging(["PATH": path]) { given, _ in given }
        var words: [UnsafeMutablePointer<CChar>?] = (Self.changingTo(directory) + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + settings { free(word) } }
        let started = ContinuousClock.now
        var child: pid_t = 0
        let code = posix_spawnp(&child, "env", &actions, &attributes, &words, &settings)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
        self.process = child
        self.state = Mutex(State())
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(self.process, &status, 0) < 0, errno == EINTR {}
            let exit = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
            let waiting = self.state.withLock { state in
                state.ended = (exit, started.duration(to: .now))
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private static func changingTo(_ directory: String) -> [String] { ["env", "--chdir=\(directory)"] }

    /// Sends a signal.
    func signal(_ number: Int32) {
        // The number may belong to someone else once the process has been waited for.
        self.state.withLock { if $0.ended == nil { kill(self.process, number) } }
    }

    /// Waits for its end, and kills it when the task is cancelled: a test has its time.
    func result() async -> CommandResult {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.ended == nil { state.waiting.append(continuation) }
                    return state.ended != nil
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.signal(SIGKILL)
        }
        let ended = self.state.withLock { $0.ended }
        func text(_ suffix: String) -> String {
            String(decoding: FileManager.default.contents(atPath: self.files + suffix) ?? Data(), as: UTF8.self)
        }
        return CommandResult(
            exit: ended?.status ?? -1,
            output: text(".out"),
            errors: text(".err"),
            duration: ended?.duration ?? .zero
        )
    }
}
