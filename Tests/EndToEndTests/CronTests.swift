import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// The line of the README, as cron runs it: by `sh`, with next to nothing in the environment.
@Suite(.timeLimit(.minutes(5))) struct CronTests {
    private static let bytes = Content.pattern(seed: 4, count: 300_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    @Test func `a line of cron needs an absolute path, a directory and a netrc file, and no variables`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let home = "\(mirror.archive)/home"
            try FileManager.default.createDirectory(atPath: "\(home)/etc", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: mirror.configuration(), toPath: "\(home)/etc/floods.json")
            let login = "\(mirror.simulator.username) password \(mirror.simulator.password)"
            try "machine urs.localhost login \(login)\n"
                .write(toFile: "\(home)/.netrc", atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(home)/.netrc")
            let executable = try #require(RunningCommand.executable)
            // As printed, but for the options that name the simulator.
            let line =
                "\(executable) sync --quiet --archive \(mirror.archive) \(home)/etc/*.json"
                + " --cacert \(mirror.simulator.caFile) --login-url '\(mirror.simulator.loginURL)'"
            let cron = ["env", "-i", "HOME=\(home)", "LOGNAME=me", "PATH=/usr/bin:/bin", "SHELL=/bin/sh"]
            let result = try await RunningCommand(cron + ["/bin/sh", "-c", line], directory: home).result()
            #expect(result.exit == 0 && result.errors.isEmpty, "\(result.errors)")
            #expect(result.output.hasPrefix("floods: 1 archived"), "\(result.output)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test func `the log tells what was archived, counts what is absent, and says what the exit status means`()
        async throws
    {
        try await withProduct(Self.bytes) { mirror in
            // Listed jobs name the bucket's own answer for what is missing: 404 here.
            let result = try await mirror.run(suffixes: ["_x.bin", "_y.bin", "_z.bin"])
            let lines = result.errors.split(separator: "\n")
            #expect(lines.count { $0.contains(" info archived ") && $0.contains("size=\"300 kB\"") } == 1, "\(lines)")
            #expect(!lines.contains { $0.contains("_y.bin") || $0.contains("_z.bin") }, "\(lines)")
            let end = lines.last { $0.contains(" ended ") }
            #expect(end?.contains("exit=\(result.exit) meaning=\"") == true, "\(lines)")
        }
    }
}
