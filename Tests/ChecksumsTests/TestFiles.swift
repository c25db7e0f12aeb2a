import Foundation
import TestSupport

/// Writes `bytes` to a file of its own and gives its path to `body`.
func withFile<R>(_ bytes: [UInt8], _ body: (String) async throws -> R) async throws -> R {
    try await withTemporaryDirectory { directory in
        let path = directory + "/file"
        try Data(bytes).write(to: URL(filePath: path))
        return try await body(path)
    }
}

/// Runs a program and gives its standard output; throws if it fails.
///
/// Not Foundation's `Process`: that leaks 32 bytes a run, which the address sanitizer counts against us.
func run(_ program: String, _ arguments: [String]) async throws -> String {
    try await withTemporaryDirectory { directory in
        let output = directory + "/output"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let spawned = posix_spawnp(&child, program, &actions, nil, &words, environ)
        guard spawned == 0 else { throw ProgramFailed(command: program, status: spawned) }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw ProgramFailed(command: program, status: status) }
        // `Data(contentsOf:)` leaks a page where the file is empty.
        let file = try FileHandle(forReadingFrom: URL(filePath: output))
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}

struct ProgramFailed: Error {
    var command: String
    var status: CInt
}
