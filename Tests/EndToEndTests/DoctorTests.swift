import Foundation
import HyP3Mirror
import HyP3Simulator
import SystemPackage
import TestSupport
import Testing

/// What `doctor` says of set-ups that are right, and of those that are not: what sync then comes to, it says before.
@Suite(.timeLimit(.minutes(5))) struct DoctorTests {
    /// A project with a product that HyP3 has.
    private func withProject(_ body: (MirrorFixture) async throws -> Void) async throws {
        try await withProduct([1, 2, 3], body)
    }

    /// The lines by what they are about, e.g. `["HyP3": "BAD   HyP3: …"]`, in a whole line each.
    private func lines(_ result: CommandResult) -> [String: String] {
        Dictionary(
            result.output.split(separator: "\n").map { line in
                (String(line.dropFirst(6).prefix { $0 != ":" }), String(line))
            }
        ) { first, _ in first }
    }

    /// Nothing is left of the trials.
    private func expectClean(_ mirror: MirrorFixture) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: mirror.archive)
        #expect(!names.contains { $0.contains("doctor") }, "\(names)")
    }

    /// Runs doctor, then sync: where sync would not work, both end with the same status.
    private func examine(
        _ mirror: MirrorFixture,
        _ options: [String] = [],
        archive: String? = nil,
        environment: [String: String]? = nil,
        finds name: String,
        _ part: String,
        _ status: RunStatus
    ) async throws {
        let result = try await mirror.run("doctor", options, archive: archive, environment: environment)
        let lines = self.lines(result)
        let line = lines[name] ?? ""
        #expect(line.hasPrefix("BAD   \(name): ") && line.contains(part), "\(result.output)\(result.errors)")
        #expect(result.exit == status.rawValue, "\(result.output)\(result.errors)")
        let bad = lines.values.filter { $0.hasPrefix("BAD") }
        #expect(bad.count == 1, "one trouble is told once: \(bad)")
        try self.expectClean(mirror)
        let sync = try await mirror.run("sync", options, archive: archive, environment: environment)
        #expect(sync.exit == status.rawValue, "\(sync.output)\(sync.errors)")
    }

    @Test func `a set-up that is right has a good line for each check, and sync works`() async throws {
        try await self.withProject { mirror in
            let result = try await mirror.run("doctor")
            #expect(result.exit == 0 && result.errors.isEmpty, "\(result.output)\(result.errors)")
            let lines = self.lines(result)
            let names = [
                "configuration", "digests", "descriptors", "archive", "file system", "disk", "lock", "credentials",
                "certificates", "HyP3", "clock", "jobs", "products",
            ]
            #expect(Set(lines.keys) == Set(names))
            for name in names { #expect(lines[name]?.hasPrefix("ok    ") == true, "\(lines[name] ?? name)") }
            try self.expectClean(mirror)
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.archive).contains("floods") == false)
            #expect(try await mirror.run("sync").exit == 0)
            #expect(try await mirror.run("doctor").exit == 0)
            #expect(try mirror.files().allSatisfy { !$0.contains("doctor") })
        }
    }

    @Test func `an archive that is not there`() async throws {
        try await self.withProject { mirror in
            let archive = mirror.archive + "/nowhere"
            try await self.examine(mirror, archive: archive, finds: "archive", "or mount the disk", .storage)
        }
    }

    @Test func `an archive that is a file`() async throws {
        try await self.withProject { mirror in
            let archive = mirror.archive + "/file"
            try Data().write(to: URL(filePath: archive))
            try await self.examine(mirror, archive: archive, finds: "archive", "must be a directory", .storage)
        }
    }

    @Test func `a disk that is not mounted`() async throws {
        try await self.withProject { mirror in
            try await self.examine(mirror, ["--require-mount"], finds: "archive", "mount", .storage)
        }
    }

    @Test func `a disk that must keep more than it has`() async throws {
        try await self.withProject { mirror in
            try await self.examine(mirror, ["--min-free", "900000T"], finds: "disk", "--min-free keeps", .storage)
        }
    }

    @Test func `no credentials`() async throws {
        try await self.withProject { mirror in
            let environment = ["HOME": mirror.archive]
            try await self.examine(
                mirror,
                environment: environment,
                finds: "credentials",
                "set EARTHDATA_TOKEN",
                .credentials
            )
        }
    }

    @Test func `a password that is wrong`() async throws {
        try await self.withProject { mirror in
            var environment = mirror.passwordEnvironment
            environment["EARTHDATA_PASSWORD"] = "wrong"
            try await self.examine(mirror, environment: environment, finds: "login", "password", .credentials)
        }
    }

    @Test func `a token that is wrong`() async throws {
        try await self.withProject { mirror in
            let environment = ["EARTHDATA_TOKEN": "x-no-such-token"]
            try await self.examine(mirror, environment: environment, finds: "login", "EARTHDATA_TOKEN", .credentials)
        }
    }

    @Test func `certificates that are none, and one that is not trusted`() async throws {
        try await self.withProject { mirror in
            let path = mirror.archive + "/none.pem"
            try await self.examine(
                mirror,
                ["--cacert", path],
                finds: "certificates",
                "cannot be read",
                .configuration
            )
            try FileManager.default.copyItem(atPath: "/etc/ssl/certs/ca-certificates.crt", toPath: path)
            let result = try await mirror.run("doctor", ["--cacert", path])
            #expect(result.exit == RunStatus.unavailable.rawValue, "\(result.output)")
            #expect(self.lines(result)["HyP3"]?.contains("--cacert") == true, "\(result.output)")
        }
    }

    @Test func `a host that is no HyP3, and one that does not answer`() async throws {
        try await self.withProject { mirror in
            let result = try await mirror.run("doctor", ["--host", "https://localhost:1"])
            #expect(result.exit == RunStatus.unavailable.rawValue)
            #expect(self.lines(result)["HyP3"]?.contains("does not answer") == true, "\(result.output)")
            #expect(self.lines(result)["products"]?.hasPrefix("-     products: not tried") == true)
            let login = String(mirror.simulator.loginURL.prefix { $0 != "?" }.dropLast("/oauth/authorize".count))
            let other = try await mirror.run("doctor", ["--host", login])
            #expect(other.exit == RunStatus.unavailable.rawValue, "\(other.output)")
            #expect(self.lines(other)["HyP3"]?.hasPrefix("BAD") == true, "\(other.output)")
        }
    }

    @Test func `a name that no job has`() async throws {
        try await self.withProject { mirror in
            try await self.examine(mirror, ["--name", "flods"], finds: "jobs", "there is 'floods'", .configuration)
            let result = try await mirror.run("doctor", ["--name", "flods", "--allow-empty"])
            #expect(result.exit == 0 && self.lines(result)["jobs"]?.hasPrefix("note") == true, "\(result.output)")
        }
    }

    @Test(arguments: [Refusal.policy, .page, .legal, .noBucket])
    func `a host of products that refuses`(refusal: Refusal) async throws {
        try await self.withProject { mirror in
            for fault in refusal.faults { mirror.simulator.faults.add(fault) }
            let result = try await mirror.run("doctor")
            #expect(result.exit == RunStatus.unavailable.rawValue, "\(result.output)\(result.errors)")
            #expect(self.lines(result)["products"]?.contains("which HyP3 names") == true, "\(result.output)")
        }
    }

    @Test func `a bucket that cannot be listed is a note`() async throws {
        try await self.withProject { mirror in
            mirror.simulator.catalogue.allowListing(false)
            let result = try await mirror.run("doctor")
            #expect(result.exit == 0, "\(result.output)")
            #expect(self.lines(result)["products"]?.contains("cannot be listed") == true, "\(result.output)")
        }
    }

    @Test func `another run`() async throws {
        try await self.withProject { mirror in
            #expect(try await mirror.run("sync").exit == 0)
            let holder = RunLockHolder(started: .now, command: "hyp3-mirror sync")
            let lock = try await RunLock.acquire(FilePath(mirror.state.lock), holder: holder)
            defer { lock.release() }
            try await self.examine(mirror, finds: "lock", "another run holds", .again)
            let waits = try await mirror.run("doctor", ["--lock-wait", "1h"])
            #expect(waits.exit == 0 && self.lines(waits)["lock"]?.hasPrefix("note") == true, "\(waits.output)")
        }
    }

    @Test func `a clock that is wrong is a note`() async throws {
        try await self.withProject { mirror in
            mirror.simulator.setClock(ahead: 86_400 * 3)
            let result = try await mirror.run("doctor")
            #expect(self.lines(result)["clock"]?.contains("3 days behind") == true, "\(result.output)")
        }
    }
}
