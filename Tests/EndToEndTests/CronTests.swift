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
            #expect(result.exit == 0 && result.errors.isEmpty && result.output.isEmpty, "\(result)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test func `a run with nothing new prints nothing`() async throws {
        try await withProduct(Self.bytes) { mirror in
            for _ in 0..<2 {
                let result = try await mirror.run("sync", ["--quiet"])
                #expect(result.exit == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
            }
        }
    }

    @Test func `a product that failed is told once, with why`() async throws {
        try await withProduct(Self.bytes, faults: [Fault(.object, "*_x.bin", effect: .flipBit())]) { mirror in
            let result = try await mirror.run("sync", ["--quiet"])
            #expect(result.exit == RunStatus.incomplete.rawValue, "\(result)")
            let lines = (result.errors + result.output).split(separator: "\n")
            #expect(lines.count { $0.contains(Self.file) && $0.contains("not archived: ") } == 1, "\(lines)")
            #expect(lines.count { $0.contains(Self.file) } == 1 && result.output.hasPrefix("floods: "), "\(lines)")
        }
    }

    @Test func `while HyP3 is down there is a line an hour, which says since when`() async throws {
        try await withProduct(Self.bytes) { mirror in
            #expect(try await mirror.run("sync", ["--quiet"]).exit == 0)
            let outage = mirror.simulator.faults.add(Fault(.api, effect: .redirect(to: .otherHost)))
            func told() async throws -> [Substring] {
                let result = try await mirror.run("sync", ["--quiet"])
                #expect(result.exit == RunStatus.unavailable.rawValue && result.output.isEmpty, "\(result)")
                return result.errors.split(separator: "\n")
            }
            let first = try await told()
            #expect(first.count == 1 && first[0].hasPrefix("hyp3-mirror: floods: "), "\(first)")
            #expect(try await told().isEmpty)
            let book = "\(mirror.root)/.hyp3-mirror/outage.json"
            let long = "{\"since\":\"2026-11-20T01:02:03Z\",\"told\":\"2026-11-20T05:00:00Z\"}\n"
            try long.write(toFile: book, atomically: false, encoding: .utf8)
            let later = try await told()
            #expect(later.count == 1 && later[0].contains("since 2026-11-20T01:02:03Z"), "\(later)")
            #expect(try await told().isEmpty)
            // Who is there to read is told each time.
            let result = try await mirror.run("sync")
            #expect(result.sentence != nil && result.output.hasPrefix("floods: stopped"), "\(result)")
            mirror.simulator.faults.remove(outage)
            #expect(try await mirror.run("sync", ["--quiet"]).exit == 0)
            #expect(!FileManager.default.fileExists(atPath: book))
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
