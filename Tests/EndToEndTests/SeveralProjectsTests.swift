import Foundation
import HyP3Mirror
import HyP3Simulator
import TestSupport
import Testing

/// Calls with several configurations: checked together, stopped together, and told of together.
@Suite(.timeLimit(.minutes(5))) struct SeveralProjectsTests {
    private static let bytes = Content.pattern(seed: 6, count: 3_000_000).bytes
    private static let names = ["floods", "rtc"]

    private static func file(_ name: String) -> String { "\(name)_x.bin" }

    /// Projects of one job with one product each.
    private func withProjects(
        faults: [Fault] = [],
        _ body: (MirrorFixture) async throws -> Void
    ) async throws {
        try await withMirror(faults: faults) { mirror in
            for (index, name) in Self.names.enumerated() {
                try mirror.simulator.catalogue.putJob(
                    """
                    {"job_id": "\(index)1111111-2222-4333-8444-555555555555", "name": "\(name)",
                     "user_id": "\(mirror.simulator.username)", "job_type": "RTC_GAMMA", "job_parameters": {},
                     "status_code": "SUCCEEDED", "request_time": "2026-11-20T00:00:00+00:00",
                     "expiration_time": "2099-01-01T00:00:00+00:00",
                     "files": [{"filename": "\(name).zip", "size": 1,
                                "url": "\(mirror.simulator.catalogue.url("\(name)/\(name).zip"))"}]}
                    """
                )
                mirror.simulator.catalogue.putObject("\(name)/\(name)_x.bin", StoredObject(Self.bytes))
                try self.configure(mirror, name)
            }
            try await body(mirror)
        }
    }

    private func configure(_ mirror: MirrorFixture, _ name: String, archive: String? = nil) throws {
        let values: [String: Any] = [
            "project_name": name, "host": mirror.simulator.apiURL, "transfer_spec": ["extensions": ["_x.bin"]],
            "archive": ["directory": archive ?? mirror.archive],
        ]
        try JSONSerialization.data(withJSONObject: values).write(
            to: URL(fileURLWithPath: "\(mirror.archive)/\(name).json")
        )
    }

    private func start(
        _ mirror: MirrorFixture,
        _ words: [String],
        environment: [String: String]? = nil
    ) throws -> RunningCommand {
        try RunningCommand(
            [try #require(RunningCommand.executable), "sync"] + words
                + ["--cacert", mirror.simulator.caFile, "--login-url", mirror.simulator.loginURL],
            environment: environment ?? mirror.tokenEnvironment,
            directory: mirror.archive
        )
    }

    private func bytes(_ mirror: MirrorFixture, _ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(mirror.archive)/\(name)/\(Self.file(name))").map { Array($0) }
    }

    private func reports(_ mirror: MirrorFixture) throws -> RunReports {
        try RunReports(json: Data(contentsOf: URL(fileURLWithPath: "\(mirror.archive)/report.json")))
    }

    @Test func `report, new files and metrics hold all projects`() async throws {
        try await self.withProjects { mirror in
            let options = ["--report", "report.json", "--new-files", "new.txt", "--metrics-file", "m.prom"]
            let result = try await self.start(mirror, ["floods.json", "rtc.json"] + options).result()
            #expect(result.exit == 0, "\(result.errors)")
            for name in Self.names { #expect(self.bytes(mirror, name) == Self.bytes) }
            let reports = try self.reports(mirror)
            #expect(reports.projects.map(\.project) == Self.names && reports.exitCode == .ok)
            #expect(reports.projects.allSatisfy { $0.archived == 1 && $0.isPlanned })
            let new = try String(contentsOfFile: "\(mirror.archive)/new.txt", encoding: .utf8)
            #expect(new == Self.names.map { "\(mirror.archive)/\($0)/\(Self.file($0))\n" }.joined())
            let metrics = try String(contentsOfFile: "\(mirror.archive)/m.prom", encoding: .utf8)
            for name in Self.names {
                let labels =
                    "project=\"\(name)\",host=\"\(mirror.simulator.apiURL)\",directory=\"\(mirror.archive)/\(name)\""
                #expect(metrics.contains("hyp3_mirror_archived_bytes{\(labels)} 3000000\n"), "\(metrics)")
            }
        }
    }

    @Test func `--max-runtime counts once, and what was not begun is named`() async throws {
        try await self.withProjects(faults: [Fault(.object, "*floods_x.bin", effect: .stall(after: 100_000))]) {
            mirror in
            let result = try await self.start(
                mirror,
                ["floods.json", "rtc.json", "--max-runtime", "1s", "--report", "report.json", "--connections", "1"]
            ).result()
            #expect(result.exit == RunStatus.again.rawValue, "\(result.errors)")
            #expect(result.output.contains("rtc: not begun (--max-runtime is over)"), "\(result.output)")
            let reports = try self.reports(mirror)
            #expect(reports.projects.map(\.exitCode) == [.again, .again] && reports.exitCode == .again)
            #expect(self.bytes(mirror, "rtc") == nil)
            #expect(!mirror.simulator.requests.all.contains { $0.path.contains("rtc_x.bin") })
        }
    }

    @Test func `projects of one account log in once`() async throws {
        try await self.withProjects { mirror in
            let command = try self.start(
                mirror,
                Self.names.map { "\($0).json" } + ["--report", "report.json"],
                environment: mirror.passwordEnvironment
            )
            let result = await command.result()
            #expect(result.exit == 0, "\(result.errors)")
            #expect(Self.names.allSatisfy { self.bytes(mirror, $0) == Self.bytes })
            #expect(mirror.simulator.requests.all.count { $0.path == "/oauth/authorize" } == 1)
            let listings = mirror.simulator.requests.all.filter { $0.path == "/jobs" }
            #expect(listings.count >= Self.names.count && Set(listings.map(\.connection)).count == 1)
            let requests = try self.reports(mirror).projects.map(\.requests)
            #expect(requests.reduce(0, +) == mirror.simulator.requests.all.count, "each counts its own: \(requests)")
        }
    }

    @Test func `a login that HyP3 takes no more by the second project is made anew`() async throws {
        try await self.withProjects(faults: [Fault(.object, "*floods_x.bin", effect: .stall(after: 0))]) { mirror in
            let command = try self.start(
                mirror,
                Self.names.map { "\($0).json" },
                environment: mirror.passwordEnvironment
            )
            await mirror.simulator.faults.waitUntilStalled()
            mirror.simulator.expireLogins()
            mirror.simulator.faults.letGo()
            let result = await command.result()
            #expect(result.exit == 0, "\(result.errors)")
            #expect(mirror.simulator.requests.all.count { $0.path == "/oauth/authorize" } == 2)
        }
    }

    @Test func `a signal stops the whole call, and what was not begun is named`() async throws {
        try await self.withProjects(faults: [Fault(.object, "*floods_x.bin", effect: .stall(after: 100_000))]) {
            mirror in
            let command = try self.start(mirror, ["floods.json", "rtc.json", "--report", "report.json"])
            await mirror.simulator.faults.waitUntilStalled()
            command.signal(SIGTERM)
            let result = await command.result()
            #expect(result.exit == RunStatus.terminated.rawValue, "\(result.errors)")
            #expect(result.output.contains("rtc: not begun (SIGTERM)"), "\(result.output)")
            #expect(try self.reports(mirror).projects.map(\.exitCode) == [.terminated, .terminated])
        }
    }

    @Test func `a signal while no project is under way is not lost`() async throws {
        try await self.withProjects { mirror in
            // The second configuration is a pipe: the command waits in the middle of reading them.
            let pipe = "\(mirror.archive)/rtc.pipe"
            try #require(mkfifo(pipe, 0o600) == 0)
            let command = try self.start(mirror, ["floods.json", "rtc.pipe"])
            // Opens once the command has opened it for reading.
            let open = [
                "bash", "-c", "exec 3> rtc.pipe; kill -TERM \"$1\"; cat rtc.json >&3", "bash", "\(command.process)",
            ]
            #expect(try await RunningCommand(open, directory: mirror.archive).result().exit == 0)
            let result = await command.result()
            #expect(result.exit == RunStatus.terminated.rawValue, "\(result.errors)\(result.output)")
            #expect(result.output.contains("rtc: not begun (SIGTERM)"), "\(result.output)")
        }
    }

    /// Words after the first configuration, and what the sentence must have.
    static let mistakes: [([String], [String], RunStatus)] = [
        (["--min-free", "50", "GB"], ["GB: there is no such file", "50GB"], .configuration),
        (["nowhere.json"], ["nowhere.json: there is no such file", "\"project_name\""], .configuration),
        (["broken.json"], ["broken.json", "extensions"], .configuration),
        (["floods.json"], ["given twice"], .configuration),
        (["rtc.json", "--connections", "many"], ["--connections \"many\""], .usage),
    ]

    @Test(arguments: mistakes.indices)
    func `all arguments are checked before anything is done`(row: Int) async throws {
        let (words, parts, status) = Self.mistakes[row]
        try await self.withProjects { mirror in
            try """
            {"project_name": "x", "host": "https://h", "archive": {"directory": "."},
             "transfer_spec": {"extensions": []}}
            """
            .write(toFile: "\(mirror.archive)/broken.json", atomically: false, encoding: .utf8)
            let result = try await self.start(mirror, ["floods.json"] + words).result()
            #expect(result.exit == status.rawValue, "\(result.errors)")
            for part in parts { #expect(result.sentence?.contains(part) == true, "\(result.errors)") }
            #expect(mirror.simulator.requests.all.isEmpty && result.output.isEmpty)
        }
    }

    @Test func `a project without its disk is told first and holds up no other`() async throws {
        try await self.withProjects { mirror in
            try self.configure(mirror, "rtc", archive: "\(mirror.archive)/unmounted")
            let result = try await self.start(mirror, ["floods.json", "rtc.json"]).result()
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("unmounted") == true, "\(result.errors)")
            #expect(result.output.hasPrefix("rtc: "), "\(result.output)")
            #expect(self.bytes(mirror, "floods") == Self.bytes)
        }
    }

    @Test func `who finds the archive locked, and who finds HyP3 down, leaves the metrics of before`() async throws {
        let stall = Fault(.object, "*floods_x.bin", effect: .stall(after: 100_000))
        try await self.withProjects { mirror in
            let words = ["floods.json", "--metrics-file", "m.prom"]
            #expect(try await self.start(mirror, words).result().exit == 0)
            func metrics() throws -> Set<Substring> {
                let text = try String(contentsOfFile: "\(mirror.archive)/m.prom", encoding: .utf8)
                return Set(
                    text.split(separator: "\n").filter { !$0.contains("last_run_") && !$0.contains("_requests") }
                )
            }
            let before = try metrics()
            #expect(before.contains { $0.hasPrefix("hyp3_mirror_archived_bytes") && $0.hasSuffix(" 3000000") })

            try FileManager.default.removeItem(atPath: "\(mirror.archive)/floods/\(Self.file("floods"))")
            _ = mirror.simulator.faults.add(stall)
            let first = try self.start(mirror, ["floods.json"])
            await mirror.simulator.faults.waitUntilStalled()
            let loser = try await self.start(mirror, words).result()
            #expect(loser.exit == RunStatus.again.rawValue && loser.sentence != nil, "\(loser.errors)")
            #expect(try metrics() == before)
            first.signal(SIGTERM)
            _ = await first.result()

            mirror.simulator.faults.removeAll()
            _ = mirror.simulator.faults.add(Fault(.api, effect: .status(code: 403)))
            #expect(try await self.start(mirror, words).result().exit != 0)
            #expect(try metrics() == before)
        }
    }
}
