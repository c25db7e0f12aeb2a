import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Runs that look like a slip in their configuration as a whole.
@Suite(.timeLimit(.minutes(5))) struct SuspicionTests {
    /// A project of six jobs with one product `_VV.tif` each, and another's job.
    private func withJobs(_ body: (MirrorFixture) async throws -> Void) async throws {
        try await withMirror { mirror in
            for number in 0..<6 {
                try mirror.addJob("job\(number)", days: (requested: -1, deleted: 13))
                try mirror.simulator.catalogue.updateJob(
                    "job\(number)",
                    #"{"job_parameters": {"flood_depth_estimator": "iterative", "resolution": 30}}"#
                )
                mirror.put("_VV.bin", of: "job\(number)")
                mirror.put("_FM_iterative_PW.bin", of: "job\(number)")
            }
            try await body(mirror)
        }
    }

    private func sync(
        _ mirror: MirrorFixture,
        _ suffix: String,
        _ flags: [String: [String]] = [:],
        day: Double = 0
    ) async throws -> RunReport {
        try await mirror.sync(flags, suffixes: [suffix], pace: SimulatedTime(day: day).pace)
    }

    private func plan(
        _ mirror: MirrorFixture,
        _ suffix: String,
        _ flags: [String: [String]] = [:]
    ) async throws -> Plan {
        try await mirror.mirror(flags, suffixes: [suffix], pace: SimulatedTime().pace).plan()
    }

    private static let cure = "correct the configuration, or give --allow-empty until there is a first product"

    @Test(arguments: [true, false])
    func `a suffix that no product has ends with 78, until it is corrected`(isListed: Bool) async throws {
        try await self.withJobs { mirror in
            mirror.simulator.catalogue.allowListing(isListed)
            let near = isListed ? "; their bucket lists _VV.bin" : ""
            let sentence = "none of 6 jobs has _vv.bin\(near); \(Self.cure)"
            if isListed { #expect(try await self.plan(mirror, "_vv.bin").suspicion == sentence) }
            for day in [0.0, 0.1, 0.2] {
                let report = try await self.sync(mirror, "_vv.bin", day: day)
                #expect(report.exitCode == .configuration && report.stopped == sentence, "\(report.stopped ?? "")")
            }
            #expect(try await self.plan(mirror, "_vv.bin").suspicion == sentence, "by what the runs remember")
            #expect(try await self.plan(mirror, "_vv.bin", ["allow-empty": ["true"]]).suspicion == nil)
            #expect(try await self.sync(mirror, "_vv.bin", ["allow-empty": ["true"]], day: 0.3).exitCode == .ok)
            // It does not heal by itself when HyP3 deletes all of them.
            for number in 0..<6 { mirror.delete("job\(number)") }
            #expect(try await self.sync(mirror, "_vv.bin", day: 20).exitCode == .configuration)
            for number in 0..<6 { mirror.put("_VV.bin", of: "job\(number)") }
            #expect(try await self.sync(mirror, "_VV.bin", day: 0.4).archived == 6)
            #expect(try await self.sync(mirror, "_VV.bin", day: 0.5).exitCode == .ok)
        }
    }

    @Test func `other suffixes are archived beside a mistaken one, and what was once met is never suspicious`()
        async throws
    {
        try await self.withJobs { mirror in
            let pace = SimulatedTime().pace
            let first = try await mirror.sync(suffixes: ["_vv.bin", "_VV.bin"], pace: pace)
            #expect(first.exitCode == .configuration && first.archived == 6)
            #expect(try await self.sync(mirror, "_VV.bin").exitCode == .ok)
            // Moved on by a pipeline; and from now on HyP3 makes none.
            for file in try mirror.files() where file.hasSuffix(".bin") {
                try FileManager.default.removeItem(atPath: "\(mirror.root)/\(file)")
            }
            for number in 0..<6 {
                mirror.delete("job\(number)")
                mirror.put(".zip", of: "job\(number)")
            }
            let later = try await self.sync(mirror, "_VV.bin")
            #expect(later.exitCode == .ok && later.count(ProductOutcome.absent) == 6, "\(later.summary)")
        }
    }

    @Test func `a parameter that no job has ends with 78`() async throws {
        try await self.withJobs { mirror in
            let sentence = "no job has a parameter flood_depth_estimatr; there is flood_depth_estimator; \(Self.cure)"
            let mistaken = "_FM_{flood_depth_estimatr}_PW.bin"
            #expect(try await self.plan(mirror, mistaken).suspicion == sentence)
            let report = try await self.sync(mirror, mistaken)
            #expect(report.exitCode == .configuration && report.stopped == sentence, "\(report.stopped ?? "")")
            #expect(try await self.sync(mirror, mistaken, ["allow-empty": ["true"]]).exitCode == .ok)
            let right = try await self.sync(mirror, "_FM_{flood_depth_estimator}_PW.bin")
            #expect(right.exitCode == .ok && right.archived == 6)
        }
    }

    @Test func `a name that no job has ends with 78, and leaves no directory behind`() async throws {
        try await self.withJobs { mirror in
            let sentence = "no job named 'flods' for this user; there is 'floods'; \(Self.cure)"
            let mistaken: [String: [String]] = ["name": ["flods"]]
            #expect(try await self.plan(mirror, "_VV.bin", mistaken).suspicion == sentence)
            let report = try await self.sync(mirror, "_VV.bin", mistaken)
            #expect(report.exitCode == .configuration && report.stopped == sentence, "\(report.stopped ?? "")")
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.archive).isEmpty)
            // Where somebody else made the directory, it stays as it is.
            try FileManager.default.createDirectory(atPath: mirror.root, withIntermediateDirectories: false)
            #expect(try await self.sync(mirror, "_VV.bin", mistaken).exitCode == .configuration)
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.root).isEmpty)

            let expected = try await self.sync(mirror, "_VV.bin", mistaken.merging(["allow-empty": ["true"]]) { $1 })
            #expect(expected.exitCode == .ok)
            // Its directory is there now, and it is told all the same.
            let again = try await self.sync(mirror, "_VV.bin", mistaken)
            #expect(again.exitCode == .configuration && again.stopped == sentence)
            #expect(try await self.sync(mirror, "_VV.bin").archived == 6)
            // Renamed by HyP3's user: there were jobs, so this is no slip.
            for number in 0..<6 { try mirror.simulator.catalogue.renameJob("job\(number)", to: "flods") }
            #expect(try await self.sync(mirror, "_VV.bin").exitCode == .ok)
        }
    }

    @Test func `a type that no job of the name has ends with 78`() async throws {
        try await self.withJobs { mirror in
            let sentence =
                "no job of type 'INSAR_GAMMA' named 'floods' for this user; there is 'RTC_GAMMA'; \(Self.cure)"
            let report = try await self.sync(mirror, "_VV.bin", ["job-type": ["INSAR_GAMMA"]])
            #expect(report.exitCode == .configuration && report.stopped == sentence, "\(report.stopped ?? "")")
        }
    }

    @Test func `a window with nothing in it is not suspicious, unless there is no such job at any time`() async throws {
        try await self.withJobs { mirror in
            let window: [String: [String]] = ["start": ["2026-11-20"]]
            #expect(try await self.plan(mirror, "_VV.bin", window).suspicion == nil)
            #expect(try await self.sync(mirror, "_VV.bin", window).exitCode == .ok)
            let mistaken = window.merging(["name": ["flods"]]) { $1 }
            let report = try await self.sync(mirror, "_VV.bin", mistaken)
            #expect(report.exitCode == .configuration && report.stopped?.hasPrefix("no job named 'flods'") == true)
            // What an incremental run lists again may be nothing but jobs without that product.
            #expect(try await self.sync(mirror, "_VV.bin").archived == 6)
            let later = try await self.sync(mirror, "_VV.bin", ["incremental": ["true"]], day: 6)
            #expect(later.exitCode == .ok)
        }
    }

    @Test func `a suffix is not suspicious with fewer than a handful of products`() async throws {
        try await self.withJobs { mirror in
            for number in 0..<2 { mirror.simulator.catalogue.removeJob("job\(number)") }
            let report = try await self.sync(mirror, "_vv.bin")
            #expect(report.exitCode == .ok)
        }
    }

    @Test func `the command says it in a sentence, and plan shows what it has all the same`() async throws {
        try await self.withJobs { mirror in
            mirror.simulator.setClock(ahead: Int(SimulatedTime.start.timeIntervalSince(.now)))
            for command in ["plan", "sync"] {
                let result = try await mirror.run(command, suffixes: ["_vv.bin"])
                #expect(result.exit == 78, "\(result.output)\(result.errors)")
                #expect(result.errors.contains("none of 6 jobs has _vv.bin; their bucket lists _VV.bin"))
                #expect(result.output.contains("6 absent"), "\(result.output)")
            }
            #expect(try await mirror.run("sync", ["--allow-empty"], suffixes: ["_vv.bin"]).exit == 0)
        }
    }

    @Test func `one login does for the first run, too`() async throws {
        try await self.withJobs { mirror in
            let account = [
                "EARTHDATA_USERNAME": mirror.simulator.username, "EARTHDATA_PASSWORD": mirror.simulator.password,
            ]
            let report = try await mirror.sync(
                suffixes: ["_VV.bin"],
                environment: account,
                pace: SimulatedTime().pace
            )
            #expect(report.archived == 6 && report.requests == mirror.simulator.requests.all.count)
            #expect(mirror.simulator.requests.all.filter { $0.path == "/login" }.count == 1)
        }
    }
}
