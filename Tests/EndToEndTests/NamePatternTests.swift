import Foundation
import HyP3Mirror
import HyP3Simulator
import TestSupport
import Testing

/// One configuration for several names of jobs: a directory, a lock and a report each.
@Suite(.timeLimit(.minutes(5))) struct NamePatternTests {
    private static let bytes = Content.pattern(seed: 6, count: 20_000).bytes
    private static let names = ["HKH east", "HKH west", "other"]

    private func withNames(
        _ names: [String] = names,
        faults: [Fault] = [],
        _ body: (MirrorFixture) async throws -> Void
    ) async throws {
        try await withMirror(faults: faults) { mirror in
            for (index, name) in names.enumerated() {
                try mirror.simulator.catalogue.putJob(
                    """
                    {"job_id": "\(index)1111111-2222-4333-8444-555555555555", "name": "\(name)",
                     "user_id": "\(mirror.simulator.username)", "job_type": "RTC_GAMMA", "job_parameters": {},
                     "status_code": "SUCCEEDED", "request_time": "2026-11-20T00:00:00+00:00",
                     "expiration_time": "2099-01-01T00:00:00+00:00",
                     "files": [{"filename": "p\(index).zip", "size": 1,
                                "url": "\(mirror.simulator.catalogue.url("k\(index)/p\(index).zip"))"}]}
                    """
                )
                mirror.simulator.catalogue.putObject("k\(index)/p\(index).zip", StoredObject([1]))
                mirror.simulator.catalogue.putObject("k\(index)/p\(index)_x.bin", StoredObject(Self.bytes))
            }
            try await body(mirror)
        }
    }

    /// Runs the executable with a configuration that has this under `project_name`; nil leaves it out.
    private func run(
        _ mirror: MirrorFixture,
        _ names: Any?,
        _ subcommand: String = "sync",
        _ options: [String] = [],
        prefix: String? = nil,
        environment: [String: String]? = nil
    ) async throws -> CommandResult {
        var transfer: [String: Any] = ["extensions": ["_x.bin"]]
        if let prefix { transfer["target_prefix"] = prefix }
        var values: [String: Any] = [
            "host": mirror.simulator.apiURL, "transfer_spec": transfer, "archive": ["directory": mirror.archive],
        ]
        if let names { values["project_name"] = names }
        let path = "\(mirror.archive)/all.json"
        try JSONSerialization.data(withJSONObject: values).write(to: URL(fileURLWithPath: path))
        let words = [try #require(RunningCommand.executable), subcommand, "all.json"]
        return try await RunningCommand(
            words + ["--cacert", mirror.simulator.caFile, "--login-url", mirror.simulator.loginURL] + options,
            environment: environment ?? mirror.tokenEnvironment,
            directory: mirror.archive
        ).result()
    }

    /// Directories of projects, below the archive, and what each holds.
    private func projects(_ mirror: MirrorFixture, below prefix: String = "") throws -> [String: [String]] {
        let root = prefix.isEmpty ? mirror.archive : "\(mirror.archive)/\(prefix)"
        var projects: [String: [String]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: root) {
            guard FileManager.default.fileExists(atPath: "\(root)/\(name)/.hyp3-mirror") else { continue }
            projects[name] = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(name)")
                .filter { $0.hasSuffix(".bin") }
        }
        return projects
    }

    private func reports(_ mirror: MirrorFixture) throws -> RunReports {
        try RunReports(json: Data(contentsOf: URL(fileURLWithPath: "\(mirror.archive)/report.json")))
    }

    @Test func `a pattern stands for the names of the account, each with its own directory and report`() async throws {
        try await self.withNames { mirror in
            let result = try await self.run(mirror, "HKH*", "sync", ["--report", "report.json"])
            #expect(result.exit == 0, "\(result.errors)")
            #expect(try self.projects(mirror) == ["HKH east": ["p0_x.bin"], "HKH west": ["p1_x.bin"]])
            #expect(try self.reports(mirror).projects.map(\.project) == ["HKH east", "HKH west"])
            let plan = try await self.run(mirror, "HKH*", "plan", ["--format", "json"])
            #expect(plan.exit == 0 && plan.output.split(separator: "\n").count == 2, "\(plan.output)")
            let doctor = try await self.run(mirror, "HKH*", "doctor")
            #expect(doctor.exit == 0 && doctor.output.contains("HKH*"), "\(doctor.output)")
        }
    }

    @Test func `a list is taken as it is, below the prefix, and HyP3 is asked for those names alone`() async throws {
        try await self.withNames { mirror in
            let result = try await self.run(mirror, ["other", "HKH west"], prefix: "deep/er")
            #expect(result.exit == 0, "\(result.errors)")
            #expect(try self.projects(mirror, below: "deep/er") == ["other": ["p2_x.bin"], "HKH west": ["p1_x.bin"]])
            #expect(!mirror.simulator.requests.all.contains { $0.path.hasPrefix("/jobs") && $0.path.contains("east") })
        }
    }

    @Test func `left out it is all jobs, and an unsafe name is told and stops no other`() async throws {
        try await self.withNames(["one", "../out", ".hidden", "ONE", "two"]) { mirror in
            let result = try await self.run(mirror, nil, "sync", ["--report", "report.json"])
            #expect(result.exit == RunStatus.configuration.rawValue, "\(result.errors)")
            let projects = try self.projects(mirror)
            #expect(projects["two"] == ["p4_x.bin"] && projects.count == 2, "\(projects)")
            for name in ["../out", ".hidden"] { #expect(result.errors.contains("\"\(name)\" cannot be"), "\(name)") }
            #expect(result.errors.contains("in no more than case"), "\(result.errors)")
            let above = URL(fileURLWithPath: mirror.archive).deletingLastPathComponent().appending(path: "out").path
            #expect(!FileManager.default.fileExists(atPath: above))
            let reports = try self.reports(mirror)
            #expect(reports.projects.count == 5 && reports.exitCode == .configuration)
            #expect(reports.projects.count { $0.exitCode == .ok } == 2)
        }
    }

    @Test func `jobs without a name are told, not passed over in silence`() async throws {
        try await self.withNames(["one", "two"]) { mirror in
            try mirror.simulator.catalogue.updateJob("11111111-2222-4333-8444-555555555555", #"{"name": null}"#)
            let result = try await self.run(mirror, nil)
            #expect(result.exit == RunStatus.configuration.rawValue && result.errors.contains("1 job of this account"))
            #expect(try self.projects(mirror)["one"] == ["p0_x.bin"])
        }
    }

    @Test func `one project that fails stops no other, and the worst status counts`() async throws {
        try await self.withNames(faults: [Fault(.object, "*p0*", effect: .status(code: 403))]) { mirror in
            try FileManager.default.createDirectory(
                atPath: "\(mirror.archive)/HKH west",
                withIntermediateDirectories: false
            )
            // Where its state belongs lies a file.
            #expect(
                FileManager.default.createFile(atPath: "\(mirror.archive)/HKH west/.hyp3-mirror", contents: Data([1]))
            )
            let result = try await self.run(mirror, "*", "sync", ["--report", "report.json"])
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            let statuses = Dictionary(
                uniqueKeysWithValues: try self.reports(mirror).projects.map { ($0.project, $0.exitCode) }
            )
            #expect(statuses["other"] == .ok && statuses["HKH west"] == .storage && statuses["HKH east"] != .ok)
        }
    }

    @Test func `verify and report look into the archive, and need nobody`() async throws {
        try await self.withNames { mirror in
            #expect(try await self.run(mirror, "HKH*").exit == 0)
            let asked = mirror.simulator.requests.all.count
            let verified = try await self.run(mirror, "HKH*", "verify", environment: [:])
            #expect(verified.exit == 0 && verified.output.split(separator: "\n").count == 2, "\(verified.output)")
            let report = try await self.run(mirror, nil, "report", ["--json"], environment: [:])
            #expect(report.exit == 0, "\(report.errors)")
            #expect(report.output.contains("HKH east") && report.output.contains("HKH west"))
            let none = try await self.run(mirror, "nowhere*", "verify", environment: [:])
            #expect(none.exit == RunStatus.storage.rawValue && none.errors.contains("nowhere*"), "\(none.errors)")
            #expect(mirror.simulator.requests.all.count == asked)
        }
    }

    @Test func `while HyP3 is down a pattern has one line an hour, which says since when`() async throws {
        try await self.withNames { mirror in
            func told() async throws -> [Substring] {
                let result = try await self.run(mirror, "HKH*", "sync", ["--quiet"])
                #expect(result.exit == RunStatus.unavailable.rawValue && result.output.isEmpty, "\(result)")
                return result.errors.split(separator: "\n")
            }
            #expect(try await self.run(mirror, "HKH*").exit == 0)
            let outage = mirror.simulator.faults.add(Fault(.api, effect: .redirect(to: .otherHost)))
            #expect(try await told().count == 1)
            #expect(try await told().isEmpty)
            let books = ["HKH east", "HKH west"].map { "\(mirror.archive)/\($0)/.hyp3-mirror/outage.json" }
            for book in books {
                let long = "{\"since\":\"2026-11-20T01:02:03Z\",\"told\":\"2026-11-20T05:00:00Z\"}\n"
                try long.write(toFile: book, atomically: false, encoding: .utf8)
            }
            let later = try await told()
            #expect(later.count == 1 && later[0].contains("since 2026-11-20T01:02:03Z"), "\(later)")
            // Who is there to read is told each time.
            #expect(try await self.run(mirror, "HKH*").sentence != nil)
            mirror.simulator.faults.remove(outage)
            // One of them has no jobs any more, and no run of its own.
            #expect(try await self.run(mirror, "*east", "sync", ["--quiet"]).exit == 0)
            #expect(try await self.run(mirror, "HKH*", "sync", ["--quiet"]).exit == 0)
            for book in books { #expect(!FileManager.default.fileExists(atPath: book)) }
        }
    }

    @Test func `a pattern that no name is like, and HyP3 down, are told`() async throws {
        try await self.withNames { mirror in
            let none = try await self.run(mirror, "nowhere*", "sync", ["--report", "report.json"])
            #expect(none.exit == RunStatus.configuration.rawValue && none.errors.contains("nowhere*"), "\(none.errors)")
            let report = URL(filePath: "\(mirror.archive)/report.json")
            #expect(try RunReport(json: Data(contentsOf: report)).stopped != nil)
            #expect(try await self.run(mirror, "nowhere*", "sync", ["--allow-empty"]).exit == 0)
            _ = mirror.simulator.faults.add(Fault(.api, effect: .status(code: 403)))
            let refused = try await self.run(mirror, "HKH*")
            #expect(refused.exit != 0 && !refused.errors.isEmpty)
            let empty = try await self.run(mirror, [String]())
            #expect(empty.exit == RunStatus.configuration.rawValue && empty.errors.contains("project_name"))
        }
    }
}
