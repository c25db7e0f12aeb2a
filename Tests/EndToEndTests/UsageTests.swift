import Foundation
import HyP3Mirror
import TestSupport
import Testing

/// Wrong words and wrong configurations, told by the executable before it does anything.
@Suite(.timeLimit(.minutes(5))) struct UsageTests {
    private func run(_ arguments: [String], in directory: String) async throws -> CommandResult {
        let executable = try #require(RunningCommand.executable)
        return try await Turnstile.tests.pass {
            try await RunningCommand([executable] + arguments, directory: directory).result()
        }
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

    /// What was typed, and what the one sentence must have.
    static let nearMisses: [([String], String)] = [
        (["synch", "a.json"], "did you mean sync?"), (["SYNC", "a.json"], "did you mean sync?"),
        (["plann"], "did you mean plan?"), (["dowload", "a.json"], "there are sync, plan, verify, report"),
        (["download", "a.json"], "did you mean sync?"), (["verfy", "a.json"], "did you mean verify?"),
        (["reprot", "a.json"], "did you mean report?"), (["inti"], "did you mean init?"),
        (["docter", "a.json"], "did you mean doctor?"),
        (["a.json"], "there must be a command: sync, plan, verify, report"),
        (["/etc/hyp3/a.json", "sync"], "there must be a command"),
        (["sync", "a.json", "--dry-run"], "did you mean the command plan?"),
        (["sync", "-n", "a.json"], "command plan"),
        (["plan", "a.json", "--dry-run"], "plan changes nothing"),
        (["sync", "a.json", "--sufix", ".zip"], "--suffix?"),
        (["sync", "a.json", "--max-runtimes=1h"], "--max-runtime?"),
        (["sync", "a.json", "--min_free", "5G"], "--min-free?"),
        (["sync", "--verbose", "a.json"], "--log-level debug"),
        (["sync", "a.json", "--token", "x"], "EARTHDATA_TOKEN"),
        (["plan", "a.json", "--formatt", "json"], "--format?"), (["sync", "a.json", "--xyzzy"], "no option"),
        (["sync", "a.json", "--archive", "/a", "--strat", "14d"], "--start?"),
    ]

    @Test(arguments: nearMisses.indices)
    func `a word that is nearly right ends with 64 and the right one`(row: Int) async throws {
        let (words, part) = Self.nearMisses[row]
        try await withTemporaryDirectory { directory in
            let result = try await self.run(words, in: directory)
            #expect(result.exit == RunStatus.usage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains(part) == true, "\(words): \(result.errors)")
            #expect(result.output.isEmpty)
        }
    }

    @Test func `the value of an option may look like an option`() async throws {
        try await withTemporaryDirectory { directory in
            for words in [["sync", "--archive", "--dry-run", "nowhere.json"], ["sync", "--", "--dry-run"]] {
                let result = try await self.run(words, in: directory)
                #expect(!result.errors.contains("command plan"), "\(result.errors)")
            }
        }
    }

    @Test(arguments: [["--help"], ["help", "sync"], ["sync", "--help"], ["help", "plan"], ["plan", "-h"]])
    func `help names suffixes, layout, credentials and time zones, with examples`(words: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let result = try await self.run(words, in: directory)
            #expect(result.exit == 0 && result.errors.isEmpty, "\(result.errors)")
            let text = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for part in [
                "_WM.tif", "{flood_depth_estimator}", "{year}/{month}/{filename}", "{acquired_date}", "EARTHDATA_TOKEN",
                "machine urs.earthdata.nasa.gov login NAME password PASSWORD", "UTC", "local time",
                "HYP3_MIRROR_MIN_FREE",
            ] {
                #expect(text.contains(part), "\(words): \(part)")
            }
        }
    }

    @Test func `a key that is nearly one of ours ends with 78 and the right one`() async throws {
        try await withTemporaryDirectory { directory in
            let text = #"{"project_name": "a", "host": "https://h", "transfer_spec": {"start_dates": "2024-01-01"}}"#
            try text.write(toFile: "\(directory)/a.json", atomically: false, encoding: .utf8)
            let result = try await self.run(["sync", "a.json", "--archive", ".", "--suffix", ".zip"], in: directory)
            #expect(result.exit == RunStatus.configuration.rawValue)
            let sentence = "transfer_spec.start_dates: there is no such key; did you mean \"start_date\"?"
            #expect(result.sentence?.contains(sentence) == true, "\(result.errors)")
        }
    }

    @Test(
        .enabled(if: Mounts.isAllowed, "only root may take /proc away"),
        .disabled(if: Sanitizer.isOn, "a sanitizer needs /proc itself")
    )
    func `without /proc there is a sentence`() async throws {
        try await withTemporaryDirectory { directory in
            let executable = try #require(RunningCommand.executable)
            let words = Mounts.words + ["mount -t tmpfs none /proc; exec \"$@\"", "bash", executable, "sync", "a.json"]
            let result = try await RunningCommand(words, directory: directory).result()
            #expect(result.exit == RunStatus.configuration.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("/proc") == true, "\(result.errors)")
        }
    }

    /// What is wrong, the file's text, and a word the sentence must have.
    static let configurations: [(String, String, String)] = [
        ("not JSON", "project_name = floods", "floods.json"),
        ("unknown key", #"{"project_name": "a", "archive": {"directry": "."}}"#, "directory"),
        ("wrong type", #"{"project_name": 7}"#, "project_name"), ("no host", "{}", "host"),
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
            // Who has only the program has no examples beside it.
            #expect(result.sentence?.contains("\"project_name\"") == true, "\(result.errors)")
            #expect(!result.errors.contains("config/"))
        }
    }
}
