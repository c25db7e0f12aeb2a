import Foundation
import Glibc
import Synchronization

/// A program run as a child, with no descriptor of ours but its own three.
final class ChildProcess: Sendable {
    let identifier: pid_t
    private let ended = Mutex(false)

    /// Starts `arguments[0]`, found by `PATH`; its output goes to the file `output`.
    init(_ arguments: [String], output: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A descriptor that leaks into the child would keep a lock or a port of ours alive.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let result = posix_spawnp(&child, arguments[0], &actions, nil, &words, environ)
        guard result == 0 else {
            throw SimulatorError("\(arguments[0]) cannot be run: \(String(cString: strerror(result)))")
        }
        identifier = child
    }

    /// Waits for its end, on this thread, and gives its exit status (128 + signal when a signal ended it).
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        ended.withLock { $0 = true }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Whether somebody's `wait()` has seen its end.
    var hasEnded: Bool { ended.withLock { $0 } }

    /// Ends it at once.
    func kill() {
        ended.withLock { if !$0 { _ = Glibc.kill(identifier, SIGKILL) } }
    }

    /// Runs `arguments` to its end and throws when it fails, with the end of what it printed.
    static func run(_ arguments: [String], directory: String) throws {
        let output = "\(directory)/\(arguments[0]).log"
        let status = try ChildProcess(arguments, output: output).wait()
        guard status == 0 else {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            throw SimulatorError("\(arguments[0]) failed with status \(status): \(text.suffix(500))")
        }
    }
}
