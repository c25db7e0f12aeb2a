import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Logging
import Synchronization
import TestSupport
import Testing

/// Whole runs on the simulator, as far as they depend on listings of the bucket.
@Suite struct SurveyedSyncTests {
    private static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

    @Test func `patterns are archived, and the next run asks for no file`() async throws {
        try await Self.withJob(["_FM_*.tif", "_VH.tif"]) { simulator, mirror in
            let plan = try await mirror.plan()
            #expect(plan.counts == [.fetch: 2, .absent: 1])
            #expect(Array(plan.urls).sorted() == ["_FM_a.tif", "_FM_b.tif"].map { Self.url(simulator, $0) })
            simulator.requests.clear()
            let report = try await Self.sync(mirror)
            #expect(report.exitCode == .ok, "\(report.rows) \(report.stopped ?? "")")
            #expect(report.archived == 2 && report.products["fetch"] == 3 && report.outcomes["absent"] == 1)
            let asked = simulator.requests.all.map(\.target)
            #expect(asked.count { $0.hasPrefix("/?list-type=2&") } == 1)
            #expect(!asked.contains { $0.contains("_VH.tif") })
            #expect(
                !simulator.requests.all.contains {
                    $0.target.contains("job") && $0.headers["authorization"] != nil && $0.host.contains("s3")
                }
            )

            simulator.requests.clear()
            let next = try await Self.sync(mirror)
            #expect(next.exitCode == .ok && next.archived == 0 && next.products["present"] == 2)
            #expect(!simulator.requests.all.contains { $0.path.hasSuffix(".tif") })
        }
    }

    @Test func `where the bucket cannot be listed, products come one by one and a pattern makes the run incomplete`()
        async throws
    {
        try await Self.withJob([".zip", "_FM_a.tif", "_FM_*.tif"]) { simulator, mirror in
            simulator.catalogue.allowListing(false)
            let report = try await Self.sync(mirror)
            #expect(report.exitCode == .incomplete && report.archived == 2, "\(report.rows)")
            let row = try #require(report.rows.first { $0.suffix == "_FM_*.tif" })
            #expect(row.outcome == "failed")
            #expect(row.reason.contains("cannot be asked for without a listing of the bucket"))
            #expect(simulator.requests.all.count { $0.target.hasPrefix("/?list-type=2&") } == 1)
        }
    }

    @Test func `one missing product is fetched without a listing`() async throws {
        try await Self.withJob(["_FM_a.tif"]) { simulator, mirror in
            let report = try await Self.sync(mirror)
            #expect(report.archived == 1)
            #expect(!simulator.requests.all.contains { $0.target.hasPrefix("/?list-type=2&") })
        }
    }

    @Test func `a file of a pattern that somebody deleted is on the checksum list once when it is back`() async throws {
        try await Self.withJob(["_FM_*.tif"]) { simulator, mirror in
            let first = await mirror.sync(stop: RunStop(), traffic: Traffic()) { _ in }
            let path = try #require(first.paths.first { $0.hasSuffix("_FM_a.tif") })
            try FileManager.default.removeItem(atPath: path)
            simulator.catalogue.putObject("job/\(Self.stem)_FM_a.tif", StoredObject([7]))
            let report = try await Self.sync(mirror)
            #expect(report.exitCode == .ok && report.archived == 1)
            let list = URL(filePath: path).deletingLastPathComponent().appending(path: "SHA256SUMS")
            let lines = String(decoding: try Data(contentsOf: list), as: UTF8.self).split(separator: "\n")
            // Of the byte 7, by sha256sum(1).
            let digest = "ca358758f6d27e6cf45272937977a748fd88391db679ceda7dc7bf1f005ee879"
            #expect(lines.count == 2 && lines.contains("\(digest)  \(Self.stem)_FM_a.tif"), "\(lines)")
        }
    }

    @Test func `what changes between listing and fetching is archived as it is when it is fetched`() async throws {
        try await Self.withJob([".zip", "_FM_a.tif", "_FM_b.tif"]) { simulator, mirror in
            let longer = Content.pattern(seed: 3, count: 3_000_000).bytes
            var listed: [Int64?] = []
            let outcome = await mirror.sync(stop: RunStop(), traffic: Traffic()) { event in
                guard case .surveyed(let survey) = event else { return }
                listed = survey.fetch.map { $0.listed?.size }
                simulator.catalogue.putObject("job/\(Self.stem)_FM_a.tif", StoredObject(longer))
                simulator.catalogue.putObject("job/\(Self.stem).zip", StoredObject([9]))
                simulator.catalogue.removeObject("job/\(Self.stem)_FM_b.tif")
            }
            let report = try outcome.written
            #expect(listed == [3, 3, 3])
            // What the listing named a moment ago and is refused now is no absence.
            #expect(report.exitCode == .incomplete && report.archived == 2, "\(report.rows) \(report.stopped ?? "")")
            #expect(report.outcomes["failed"] == 1)
            #expect(report.proofs == ["md5-etag": 2])
            for (suffix, bytes) in [("_FM_a.tif", longer), (".zip", [9])] {
                let path = try #require(outcome.paths.first { $0.hasSuffix(suffix) })
                #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == bytes)
            }
            // Asked for again it is proven absent, and that is remembered.
            let next = try await Self.sync(mirror)
            #expect(next.exitCode == .ok && next.outcomes["absent"] == 1, "\(next.rows)")
            simulator.requests.clear()
            #expect(try await Self.sync(mirror).products["absent"] == 1)
            #expect(!simulator.requests.all.contains { $0.target.contains("job") && $0.host.contains("s3") })
        }
    }

    /// Runs on one job of the zip and two flood maps.
    private static func withJob(
        _ suffixes: [String],
        _ body: (Simulator, OneProject) async throws -> Void
    ) async throws {
        try await withSimulator { simulator in
            try await withTemporaryDirectory { directory in
                for suffix in [".zip", "_FM_a.tif", "_FM_b.tif"] {
                    simulator.catalogue.putObject("job/\(self.stem)\(suffix)", StoredObject([1, 2, 3]))
                }
                try simulator.catalogue.putJob(
                    """
                    {"job_id": "11111111-2222-4333-8444-555555555555", "user_id": "scientist", "job_type": "WATER_MAP",
                    "job_parameters": {}, "request_time": "2026-11-20T00:00:00+00:00", "status_code": "SUCCEEDED",
                    "name": "floods", "expiration_time": "2099-01-01T00:00:00+00:00", "files": [{"filename":
                    "\(self.stem).zip", "size": 3, "url": "\(simulator.catalogue.url("job/\(self.stem).zip"))"}]}
                    """
                )
                let settings = try Self.settings(simulator, suffixes, archive: directory)
                let mirror = OneProject(
                    settings,
                    environment: ["EARTHDATA_TOKEN": simulator.token],
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
                try await body(simulator, mirror)
            }
        }
    }

    private static func sync(_ mirror: OneProject) async throws -> RunReport {
        try await mirror.sync(stop: RunStop(), traffic: Traffic()) { _ in }.written
    }

    private static func url(_ simulator: Simulator, _ suffix: String) -> String {
        simulator.catalogue.url("job/\(self.stem)\(suffix)")
    }

    private static func settings(
        _ simulator: Simulator,
        _ suffixes: [String],
        archive: String
    ) throws -> ProjectSettings {
        let list = suffixes.map { "\"\($0)\"" }.joined(separator: ", ")
        let text = """
            {"project_name": "floods", "host": "\(simulator.apiURL)", "transfer_spec": {"extensions": [\(list)]},
            "archive": {"directory": "\(archive)", "cacert": "\(simulator.caFile)", "no_structure_check": true,
            "report": "\(archive)/never.json", "new_files": "\(archive)/never.txt"}}
            """
        return try ProjectSettings(
            file: ConfigurationFile(text: text, path: "c.json", workingDirectory: archive),
            flags: SettingValues(),
            environment: SettingValues(),
            now: .now
        )
    }
}
