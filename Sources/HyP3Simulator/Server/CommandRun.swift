import Foundation
import Glibc

/// Runs a program found by `PATH` to its end, blocking this thread, and throws when it fails.
///
/// - Parameters:
///   - arguments: The program and its arguments.
///   - directory: Where a file with its output is left.
func runCommand(_ arguments: [String], directory: String) throws {
    let output = "\(directory)/\(arguments[0]).log"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let result = posix_spawnp(&child, arguments[0], &actions, nil, &words, environ)
    guard result == 0 else {
        throw SimulatorError("the command \(arguments[0]) cannot be run: \(String(cString: strerror(result)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        throw SimulatorError("\(arguments.joined(separator: " ")) failed with \(status): \(text.suffix(500))")
    }
}
