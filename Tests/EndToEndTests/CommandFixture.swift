import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// The real executable as a process, in place of the library.
extension MirrorFixture {
    /// Enough to be let in.
    var tokenEnvironment: [String: String] { ["EARTHDATA_TOKEN": self.simulator.token] }

    /// Enough to be let in after a login.
    var passwordEnvironment: [String: String] {
        ["EARTHDATA_USERNAME": self.simulator.username, "EARTHDATA_PASSWORD": self.simulator.password]
    }

    /// The path of a configuration file as users write them.
    func configuration(suffixes: [String] = ["_x.bin"], archive: String? = nil) throws -> String {
        let path = "\(self.archive)/floods.json"
        let values: [String: Any] = [
            "project_name": Self.project, "host": self.simulator.apiURL, "transfer_spec": ["extensions": suffixes],
            "archive": ["directory": archive ?? self.archive],
        ]
        try JSONSerialization.data(withJSONObject: values).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The words of a command line for this simulator.
    func words(
        _ subcommand: String = "sync",
        _ options: [String] = [],
        suffixes: [String] = ["_x.bin"],
        archive: String? = nil
    ) throws -> [String] {
        [
            try #require(RunningCommand.executable), subcommand,
            try self.configuration(suffixes: suffixes, archive: archive),
        ]
            + ["--cacert", self.simulator.caFile, "--login-url", self.simulator.loginURL] + options
    }

    /// Starts the executable.
    ///
    /// - Parameters:
    ///   - environment: credentials, above all; a valid token by default.
    ///   - prefix: a program with arguments that runs the executable, `strace` for example.
    func start(
        _ subcommand: String = "sync",
        _ options: [String] = [],
        suffixes: [String] = ["_x.bin"],
        archive: String? = nil,
        environment: [String: String]? = nil,
        prefix: [String] = []
    ) throws -> RunningCommand {
        try RunningCommand(
            prefix + self.words(subcommand, options, suffixes: suffixes, archive: archive),
            environment: environment ?? self.tokenEnvironment,
            directory: self.archive
        )
    }

    /// Runs the executable to its end, and looks for secrets in whatever it said and wrote.
    func run(
        _ subcommand: String = "sync",
        _ options: [String] = [],
        suffixes: [String] = ["_x.bin"],
        archive: String? = nil,
        environment: [String: String]? = nil,
        prefix: [String] = []
    ) async throws -> CommandResult {
        let command = try self.start(
            subcommand,
            options,
            suffixes: suffixes,
            archive: archive,
            environment: environment,
            prefix: prefix
        )
        let result = await command.result()
        try self.expectNoSecrets(beside: result)
        return result
    }

    /// Passwords, tokens and cookies, in every form in which they went over the line.
    private var secrets: Set<String> {
        let sent = self.simulator.requests.all.flatMap { request in
            [request.headers["authorization"], request.headers["cookie"]].compactMap { $0 }
        }
        let values = sent.map { String($0.split(whereSeparator: { $0 == " " || $0 == "=" }).last ?? "") }
        return Set([self.simulator.token, self.simulator.password] + values.filter { !$0.isEmpty })
    }

    private func expectNoSecrets(beside result: CommandResult) throws {
        var written: [(String, String)] = [("output", result.output), ("errors", result.errors)]
        let files = FileManager.default.enumerator(atPath: self.archive)
        while let name = files?.nextObject() as? String {
            guard [".json", ".jsonl", ".txt", ".prom", ".log", "lock"].contains(where: name.hasSuffix) else { continue }
            let bytes = FileManager.default.contents(atPath: "\(self.archive)/\(name)") ?? Data()
            written.append((name, String(decoding: bytes, as: UTF8.self)))
        }
        for secret in self.secrets {
            for (name, text) in written where text.contains(secret) {
                Issue.record("a secret stands in \(name)")
            }
        }
    }
}
