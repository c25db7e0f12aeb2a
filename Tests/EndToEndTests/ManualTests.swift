import Foundation
import HyP3Mirror
import HyP3Simulator
import TestSupport
import Testing

/// Starter configuration, manual and completions as users get them, tried in the programs that read them.
@Suite(.timeLimit(.minutes(5))) struct ManualTests {
    private func run(
        _ words: [String],
        in directory: String,
        environment: [String: String] = [:]
    ) async throws
        -> CommandResult
    {
        try await Turnstile.tests.pass {
            try await RunningCommand(words, environment: environment, directory: directory).result()
        }
    }

    private func tell(_ words: [String], in directory: String) async throws -> String {
        let result = try await self.run([try #require(RunningCommand.executable)] + words, in: directory)
        try #require(result.exit == 0 && result.errors.isEmpty, "\(words): \(result.errors)")
        return result.output
    }

    private static func has(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)")
    }

    /// Writes all pages, and gives their names.
    private func writePages(in directory: String) async throws -> [String] {
        let names = try await self.tell(["help", "man"], in: directory).split(separator: "\n").map(String.init)
        try #require(names.contains("hyp3-mirror.1") && names.contains("hyp3-mirror.5"))
        for name in names {
            let text = try await self.tell(["help", "man", name], in: directory)
            try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
        }
        return names
    }

    @Test(.enabled(if: ManualTests.has("mandoc"), "mandoc is not installed"))
    func `mandoc finds nothing to warn of`() async throws {
        try await withTemporaryDirectory { directory in
            let names = try await self.writePages(in: directory)
            let result = try await self.run(["mandoc", "-T", "lint", "-W", "warning"] + names, in: directory)
            #expect(result.exit == 0 && result.output.isEmpty, "\(result.output)")
        }
    }

    @Test(.enabled(if: ManualTests.has("groff"), "groff is not installed"))
    func `groff finds nothing to warn of`() async throws {
        try await withTemporaryDirectory { directory in
            for name in try await self.writePages(in: directory) {
                let words = ["groff", "-man", "-ww", "-K", "utf8", "-T", "utf8", "-z", name]
                let result = try await self.run(words, in: directory)
                #expect(result.exit == 0 && result.errors.isEmpty, "\(result.errors)")
            }
        }
    }

    /// What is typed, and words that bash must and must not offer.
    private static let lines: [(words: [String], offers: [String], never: [String])] = [
        (["hyp3-mirror", ""], ["sync", "plan", "init", "completions"], ["floods.json"]),
        (["hyp3-mirror", "sy"], ["sync"], ["plan"]),
        (["hyp3-mirror", "sync", "--max"], ["--max-runtime"], ["--min-free"]),
        (["hyp3-mirror", "sync", "--log-level", ""], ["debug", "warning"], ["floods.json", "--quiet"]),
        (["hyp3-mirror", "sync", "fl"], ["floods.json"], ["floods.txt"]),
        (["hyp3-mirror", "plan", "--format", ""], ["table", "urls"], []),
        (["hyp3-mirror", "sync", "--archive", "d"], ["dir"], ["data.json"]),
        (["hyp3-mirror", "completions", ""], ["bash", "zsh", "fish"], []),
    ]

    @Test(arguments: lines.indices)
    func `bash completes by them`(row: Int) async throws {
        let (words, offers, never) = Self.lines[row]
        try await withTemporaryDirectory { directory in
            try await self.prepare(directory, shell: "bash", "c.bash")
            let script = """
                source ./c.bash || exit 9
                COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
                _hyp3-mirror hyp3-mirror "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            let result = try await self.run(["bash", "-c", script, "bash"] + words, in: directory)
            let offered = result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(result.exit == 0 && Set(offered).isSuperset(of: offers), "\(words): \(offered) \(result.errors)")
            #expect(Set(offered).isDisjoint(with: never), "\(words): \(offered)")
        }
    }

    private func prepare(_ directory: String, shell: String, _ file: String) async throws {
        let script = try await self.tell(["completions", shell], in: directory)
        try Data(script.utf8).write(to: URL(filePath: "\(directory)/\(file)"))
        for name in ["floods.json", "floods.txt", "data.json"] {
            try Data().write(to: URL(filePath: "\(directory)/\(name)"))
        }
        try FileManager.default.createDirectory(atPath: "\(directory)/dir", withIntermediateDirectories: false)
    }

    @Test(.enabled(if: ManualTests.has("zsh"), "zsh is not installed"))
    func `zsh loads them`() async throws {
        try await withTemporaryDirectory { directory in
            try await self.prepare(directory, shell: "zsh", "_hyp3-mirror")
            let script = """
                fpath=($PWD $fpath); autoload -U compinit; compinit -u -D
                print -r -- $_comps[hyp3-mirror]; zsh -n ./_hyp3-mirror && autoload -U +X _hyp3-mirror && print loaded
                """
            let result = try await self.run(["zsh", "-f", "-c", script], in: directory)
            #expect(
                result.output == "_hyp3-mirror\nloaded\n" && result.errors.isEmpty,
                "\(result.output)\(result.errors)"
            )
        }
    }

    @Test(.enabled(if: ManualTests.has("fish"), "fish is not installed"))
    func `fish completes by them`() async throws {
        try await withTemporaryDirectory { directory in
            try await self.prepare(directory, shell: "fish", "c.fish")
            let script = """
                source ./c.fish; complete -C 'hyp3-mirror '; complete -C 'hyp3-mirror sync --max'
                complete -C 'hyp3-mirror sync --log-level '
                """
            let environment = ["HOME": directory, "PATH": "/usr/bin:/bin"]
            let result = try await self.run(
                ["fish", "--no-config", "-c", script],
                in: directory,
                environment: environment
            )
            let offered = result.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
            #expect(
                Set(offered).isSuperset(of: ["sync", "init", "--max-runtime", "debug"]),
                "\(offered) \(result.errors)"
            )
        }
    }

    @Test func `init writes a configuration that the other commands take, once`() async throws {
        try await withTemporaryDirectory { directory in
            let said = try await self.tell(["init"], in: directory)
            #expect(said == "hyp3-mirror.json is written; next: hyp3-mirror plan hyp3-mirror.json\n")
            let text = try String(contentsOfFile: "\(directory)/hyp3-mirror.json", encoding: .utf8)
            #expect(text == StarterConfiguration().text)
            let executable = try #require(RunningCommand.executable)
            let plan = try await self.run([executable, "plan", "hyp3-mirror.json"], in: directory)
            // The archive is the user's to make.
            #expect(plan.exit == RunStatus.storage.rawValue && plan.errors.contains("\(directory)/archive"))
            let again = try await self.run([executable, "init"], in: directory)
            #expect(again.exit == RunStatus.storage.rawValue)
            #expect(again.sentence?.contains("Nothing is overwritten") == true, "\(again.errors)")
            #expect(try String(contentsOfFile: "\(directory)/hyp3-mirror.json", encoding: .utf8) == text)
            let nowhere = try await self.run([executable, "init", "no/such.json"], in: directory)
            #expect(nowhere.exit == RunStatus.storage.rawValue && nowhere.sentence?.contains("no/such.json") == true)
            let wrong = try await self.run([executable, "init", "b.json", "--min-free", "much"], in: directory)
            #expect(wrong.exit == RunStatus.usage.rawValue && wrong.sentence?.contains("--min-free") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/b.json"))
        }
    }

    @Test func `what init was given is enough to archive by`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let executable = try #require(RunningCommand.executable)
            let words = [
                executable, "init", "new.json", "--name", MirrorFixture.project, "--host", mirror.simulator.apiURL,
                "--archive", ".", "--suffix", "_x.bin", "--cacert", mirror.simulator.caFile, "--login-url",
                mirror.simulator.loginURL,
            ]
            let made = try await RunningCommand(words, environment: [:], directory: mirror.archive).result()
            #expect(made.exit == 0, "\(made.errors)")
            let sync = [executable, "sync", "new.json"]
            let result = try await RunningCommand(
                sync,
                environment: mirror.tokenEnvironment,
                directory: mirror.archive
            ).result()
            #expect(result.exit == 0 && mirror.bytes("\(MirrorFixture.stem)_x.bin") == [1, 2, 3], "\(result.errors)")
        }
    }

    @Test func `init lists the names of the account's jobs`() async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            try mirror.addJob(ofYear: "2021", [1], expires: "2021-06-01T00:00:00+00:00")
            try mirror.addJob(ofYear: "2022", [1])
            try mirror.simulator.catalogue.updateJob("job-2022", #"{"name": "it's\u001b[2J", "job_type": "INSAR"}"#)
            func list(_ more: [String] = []) async throws -> CommandResult {
                let words =
                    [try #require(RunningCommand.executable), "init", "--from-account"]
                    + ["--cacert", mirror.simulator.caFile, "--login-url", mirror.simulator.loginURL] + more
                return try await RunningCommand(
                    words,
                    environment: mirror.tokenEnvironment,
                    directory: mirror.archive
                ).result()
            }
            let host = ["--host", mirror.simulator.apiURL]
            let result = try await list(host)
            #expect(result.exit == 0, "\(result.errors)")
            let lines = result.output.split(separator: "\n")
            #expect(
                lines.contains(
                    "'floods': 2 jobs (RTC_GAMMA), requested 2026-11-20; HyP3 has the products of 1, the first until "
                        + "2099-01-01"
                ),
                "\(result.output)"
            )
            #expect(lines.count == 2 && !result.output.contains("\u{1B}") && result.output.contains("(INSAR)"))
            #expect(
                try mirror.files().isEmpty
                    && !FileManager.default.fileExists(atPath: "\(mirror.archive)/hyp3-mirror.json")
            )
            let none = try await list(host + ["--job-type", "AUTORIFT"])
            #expect(none.exit == 0 && none.output == "this account has no jobs\n", "\(none.output)")
            for words in [[], host + ["a.json"]] {
                let refused = try await list(words)
                #expect(refused.exit == RunStatus.usage.rawValue && refused.output.isEmpty, "\(refused.errors)")
            }
        }
    }
}
