import Foundation
import HyP3Mirror
import TestSupport
import Testing

/// Wrong words and wrong configurations, told by the executable before it does anything.
@Suite(.timeLimit(.minutes(5))) struct UsageTests {
    private func run(_ arguments: [String], in directory: String) async throws -> CommandResult {
        let executable = try #require(RunningCommand.executable)
        return try await RunningCommand([executable] + arguments, directory: directory).result()
    }

    @Test(arguments: [
        [], ["sync"], ["sync", "--no-such-flag", "a.json"], ["fetch"], ["plan", "a.json", "--format", "xml"],
        ["sync", "a.json", "--limit-rate"],
    ])
    func `wrong words end with 64 and the usage`(words: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let result = try await self.run(words, in: directory)
            #expect(result.exit == RunStatus.usage.rawValue)
            #expect(result.errors.contains("Usage: hyp3-mirror") && result.output.isEmpty, "\(result.errors)")
        }
    }

    /// What is wrong, the file's text, and a word the sentence must have.
    static let configurations: [(String, String, String)] = [
        ("not JSON", "project_name = floods", "floods.json"),
        ("unknown key", #"{"project_name": "a", "archive": {"directry": "."}}"#, "directory"),
        ("wrong type", #"{"project_name": 7}"#, "project_name"), ("no name", "{}", "project_name"),
        ("bad URL", #"{"project_name": "a", "host": "hyp3"}"#, "host"),
        ("clear text", #"{"project_name": "a", "host": "http://hyp3.example.org"}"#, "https"),
        (
            "no suffixes", #"{"project_name": "a", "host": "https://h", "transfer_spec": {"extensions": []}}"#,
            "extensions"
        ),
        (
            "suffix with a slash",
            #"{"project_name": "a", "host": "https://h", "transfer_spec": {"extensions": ["/../x"]}}"#, "/../x"
        ),
    ]

    @Test(arguments: configurations.indices)
    func `a wrong configuration ends with 78 and one sentence`(row: Int) async throws {
        let (name, text, word) = Self.configurations[row]
        try await withTemporaryDirectory { directory in
            try text.write(toFile: "\(directory)/floods.json", atomically: false, encoding: .utf8)
            for subcommand in ["sync", "plan"] {
                let result = try await self.run([subcommand, "floods.json", "--archive", directory], in: directory)
                #expect(result.exit == RunStatus.configuration.rawValue, "\(name): \(result.errors)")
                #expect(result.sentence?.contains(word) == true, "\(name): \(result.errors)")
                #expect(result.output.isEmpty, "\(name)")
            }
        }
    }

    @Test(arguments: [
        ["--start", "2024-13-01"], ["--start", "2024-08-02", "--end", "2024-08-01"],
        ["--start", "2024-08-01T06:00:00"],
        ["--limit-rate", "fast"], ["--max-runtime", "soon"], ["--connections", "0"],
    ])
    func `a wrong value of an option ends with 64 and names the option`(words: [String]) async throws {
        try await withTemporaryDirectory { directory in
            try #"{"project_name": "a", "host": "https://localhost"}"#
                .write(toFile: "\(directory)/a.json", atomically: false, encoding: .utf8)
            let result = try await self.run(
                ["sync", "a.json", "--archive", directory, "--suffix", ".zip"] + words,
                in: directory
            )
            #expect(result.exit == RunStatus.usage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains(words[0]) == true, "\(result.errors)")
        }
    }

    @Test func `a configuration that is not there ends with 78 and names it`() async throws {
        try await withTemporaryDirectory { directory in
            let result = try await self.run(["sync", "nowhere.json"], in: directory)
            #expect(result.exit == RunStatus.configuration.rawValue)
            #expect(result.sentence?.contains("nowhere.json") == true, "\(result.errors)")
        }
    }
}
