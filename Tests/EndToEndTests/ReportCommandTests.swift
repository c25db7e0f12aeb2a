import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What `report` says of an archive, without network or login.
@Suite(.timeLimit(.minutes(3))) struct ReportCommandTests {
    private func report(_ mirror: MirrorFixture, _ options: [String] = []) async throws -> ArchiveReport {
        let result = try await mirror.run("report", ["--json"] + options, environment: [:])
        #expect(result.exit == 0, "\(result.errors)")
        return try ArchiveReport(json: Array(result.output.utf8))
    }

    private static func failedJob(_ mirror: MirrorFixture) throws {
        try mirror.simulator.catalogue.putJob(
            """
            {"job_id": "failed-1", "user_id": "\(mirror.simulator.username)", "name": "\(MirrorFixture.project)",
             "job_type": "RTC_GAMMA", "job_parameters": {"granules": ["S1A_X"], "resolution": 30},
             "status_code": "FAILED", "request_time": "2026-11-20T00:00:00+00:00"}
            """
        )
    }

    @Test func `an archive that no run has filled is unknown, not well`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let report = try await self.report(mirror)
            #expect(report.verdict == .unknown && report.asOf == nil && report.expiring == nil && report.files == 0)
            let lines = try await mirror.run("report", environment: [:]).output.split(separator: "\n")
            #expect(lines.count == 5 && lines[0].hasPrefix("floods: unknown as of never"), "\(lines)")
            #expect(lines[2].contains("unknown"))
            #expect(!FileManager.default.fileExists(atPath: mirror.root), "it changes nothing")
        }
    }

    @Test func `a complete archive says since when, and what to order again`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try Self.failedJob(mirror)
            let run = try await mirror.sync()
            #expect(run.exitCode == .ok, "\(run.summary)")
            mirror.simulator.requests.clear()
            let report = try await self.report(mirror)
            #expect(report.verdict == .complete, "\(report.because)")
            #expect(report.asOf == run.started && report.lastSuccess?.started == run.started)
            #expect(report.files == 1 && report.bytes == 3 && report.products?["present"] == 1)
            #expect(
                report.expiring?.within7Days == 0 && report.expiring?.overdue == 0 && report.open.isEmpty
                    && report.lost == 0
            )
            #expect(report.failedJobs == 1 && report.resubmit.map(\.jobType) == ["RTC_GAMMA"])
            #expect(report.resubmit.first?.name == MirrorFixture.project)
            #expect(
                report.resubmit.first?.jobParameters
                    == .object(["granules": .array([.string("S1A_X")]), "resolution": .integer(30)])
            )
            #expect(report.verified.never == 1 && report.verified.files == 1)
            #expect(mirror.simulator.requests.all.isEmpty, "no request")
            try FileManager.default.removeItem(atPath: mirror.state.open)
            let blind = try await self.report(mirror)
            #expect(blind.verdict == .unknown && blind.expiring == nil && blind.failedJobs == nil)
        }
    }

    @Test func `what expires and could not be archived is told with its reason`() async throws {
        let refusal = Fault(.object, effect: .status(code: 403))
        try await withMirror(faults: [refusal]) { mirror in
            let soon = CivilTime(Date.now.addingTimeInterval(3600 * 20)).text
            try mirror.addJob(ofYear: "2025", [1, 2], expires: soon)
            let run = try await mirror.sync()
            #expect(run.exitCode != .ok)
            let report = try await self.report(mirror)
            #expect(report.verdict == .incomplete && report.expiring?.within24Hours == 1, "\(report)")
            #expect(report.open.count == 1 && report.open.first?.state == "fetch", "\(report.open)")
            let lines = try await mirror.run("report", environment: [:]).output
            #expect(
                lines.contains("expiring unarchived: 1 within 24 h, 1 within 7 days; first S1A_IW_2025"),
                "\(lines)"
            )
        }
    }

    @Test func `the schema tells of every field`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try Self.failedJob(mirror)
            _ = try await mirror.sync()
            let output = try await mirror.run("report", ["--json"], environment: [:]).output
            let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../config/report-schema.json").standardizedFileURL
            let told = try String(contentsOf: schema, encoding: .utf8)
            let keys = Set(output.matches(of: #/"([a-z_0-9]+)" :/#).map { String($0.1) })
            // States of products, and parameters of jobs, are others' words.
            let free: Set<String> = ["present", "granules", "resolution", "failed", "fetch", "absent", "unfinished"]
            for key in keys.subtracting(free) { #expect(told.contains("\"\(key)\": {"), "\(key)") }
            #expect(keys.contains("resubmit") && keys.contains("within_7_days"))
        }
    }

    @Test func `metrics of a sync tell what the archive holds`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let path = "\(mirror.archive)/floods.prom"
            let result = try await mirror.run("sync", ["--metrics-file", path])
            #expect(result.exit == 0, "\(result.errors)")
            let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            for (name, value) in [
                ("archive_files", "1"), ("archive_bytes", "3"), ("lost_products", "0"), ("damaged_files", "0"),
            ] {
                let line = text.split(separator: "\n").first { $0.hasPrefix("hyp3_mirror_\(name){") }
                #expect(line?.hasSuffix("} \(value)") == true, "\(text)")
            }
            #expect(text.contains("within=\"72h\"} 0") && text.contains("hyp3_mirror_free_bytes{"), "\(text)")
            let end = try #require(WebToken.expiration(of: Secret(mirror.simulator.token)))
            let token = "hyp3_mirror_token_expiry_timestamp_seconds{"
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(token) })
            #expect(line.hasSuffix("} \(Int(end.timeIntervalSince1970))"), "\(line)")
            // A password has no end that anybody knows.
            let other = try await mirror.run("sync", ["--metrics-file", path], environment: mirror.passwordEnvironment)
            #expect(other.exit == 0, "\(other.errors)")
            #expect(!(try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)).contains(token))
        }
    }

    @Test func `the page has the counts of the document, and asks for nothing`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try Self.failedJob(mirror)
            _ = try await mirror.sync()
            let path = "\(mirror.archive)/page.html"
            let result = try await mirror.run("report", ["--html", path], environment: [:])
            #expect(result.exit == 0 && result.output.split(separator: "\n").count == 5, "\(result.errors)")
            let page = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            let start = try #require(page.range(of: "id=\"report\">"))
            let end = try #require(page.range(of: "</script>"))
            let report = try ArchiveReport(json: Array(page[start.upperBound..<end.lowerBound].utf8))
            for (field, count) in [
                ("files", report.files), ("lost", report.lost), ("damaged", report.verified.damaged),
            ] {
                #expect(page.contains("data-field=\"\(field)\">\(count)<"), "\(field)")
            }
            #expect(page.contains("Jobs that failed: 1") && report.failedJobs == 1 && report.verdict == .complete)
            #expect(!page.contains(" src=") && !page.contains("url("), "no request")
        }
    }

    @Test func `asked online it tells what HyP3 has now`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let result = try await mirror.run("report", ["--json", "--online"])
            #expect(result.exit == 0, "\(result.errors)")
            let report = try ArchiveReport(json: Array(result.output.utf8))
            #expect(report.isOnline && report.verdict == .incomplete && report.open.map(\.state) == ["fetch"])
            #expect(!FileManager.default.fileExists(atPath: mirror.root), "it changes nothing")
        }
    }

    @Test func `an archive that only shards keep is as complete as they are`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            for year in ["2021", "2022", "2023"] { try mirror.addJob(ofYear: year, [4]) }
            let first = try await mirror.run("sync", ["--shard", "1/2"])
            #expect(first.exit == 0, "\(first.errors)")
            let half = try await self.report(mirror)
            #expect(half.verdict == .incomplete && half.because.contains("shard 2/2") && half.asOf != nil)
            #expect(half.lastSuccess == nil && half.runs.count == 1)
            let second = try await mirror.run("sync", ["--shard", "2/2"])
            #expect(second.exit == 0, "\(second.errors)")
            let report = try await self.report(mirror)
            #expect(report.verdict == .complete, "\(report.because)")
            #expect(report.files == 4 && report.products?["present"] == 4 && report.open.isEmpty)
            #expect(report.runs.count == 2 && report.lastSuccess?.started == report.runs.map(\.started).min())
            #expect(report.acquisitions.days.map(\.archived).reduce(0, +) == 4)
            let verified = try await mirror.run("verify", environment: [:])
            #expect(verified.exit == 0 && !verified.output.contains("unknown"), "\(verified.output)")
            // A whole run since then says more.
            let whole = try await mirror.run("sync")
            #expect(whole.exit == 0)
            #expect(try await self.report(mirror).runs.count == 1)
        }
    }
}
