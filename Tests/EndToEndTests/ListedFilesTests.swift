import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import TestSupport
import Testing

/// Whole runs on jobs that list several files, and on keys that no URL holds as they are.
@Suite struct ListedFilesTests {
    private static func put(_ id: String, _ keys: [String], requested: String, _ mirror: MirrorFixture) throws {
        let simulator = mirror.simulator
        let base = simulator.catalogue.url("")
        let files = keys.map { key in
            let name = key.split(separator: "/").last.map(String.init) ?? key
            simulator.catalogue.putObject(key, StoredObject(Self.emptyZip))
            return """
                {"filename": "\(name)", "size": \(Self.emptyZip.count), "url": "\(base)\(key)",
                 "s3": {"bucket": "\(simulator.catalogue.bucket)", "key": "\(key)"}}
                """
        }
        try simulator.catalogue.putJob(
            """
            {"job_id": "\(id)", "user_id": "\(simulator.username)", "name": "\(MirrorFixture.project)",
             "job_type": "TIME_SERIES", "job_parameters": {}, "status_code": "SUCCEEDED",
             "request_time": "\(requested)", "expiration_time": "2099-01-01T00:00:00+00:00",
             "files": [\(files.joined(separator: ", "))]}
            """
        )
    }

    /// The end of a central directory without entries.
    private static let emptyZip: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
    private static let early = "2026-11-20T00:00:00+00:00"
    private static let late = "2026-11-21T00:00:00+00:00"

    @Test func `a key is asked for as it is, whatever it holds`() async throws {
        try await withMirror { mirror in
            let keys = ["a#1/x?y/50%41 ü/P.zip", "a/../Q+é%.zip", "b/#R?.zip"]
            try Self.put(MirrorFixture.jobID, keys, requested: Self.early, mirror)
            mirror.simulator.catalogue.putObject("a#1/x?y/50%41 ü/P_x.bin", StoredObject([7]))
            let report = try await mirror.sync(suffixes: [".zip", "_x.bin"])
            #expect(report.archived == 4 && report.exitCode == .ok, "\(report.rows) \(report.stopped ?? "")")
            for key in keys {
                let name = key.split(separator: "/").last.map(String.init) ?? key
                #expect(mirror.bytes(name) == Self.emptyZip)
            }
            #expect(mirror.bytes("P_x.bin") == [7])
            #expect(mirror.productRequests.contains { $0.target == "/a%231/x%3Fy/50%2541%20%C3%BC/P_x.bin" })
            #expect(mirror.productRequests.contains { $0.target == "/a/../Q%2B%C3%A9%25.zip" })
            let next = try await mirror.sync(suffixes: [".zip"])
            #expect(next.exitCode == .ok && next.archived == 0 && next.products["present"] == 3)
        }
    }

    @Test func `all zips of a job over many scenes are archived`() async throws {
        try await withMirror { mirror in
            let keys = ["A", "B", "C", "D"].map { "series/\($0).zip" }
            try Self.put(MirrorFixture.jobID, keys, requested: Self.early, mirror)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.archived == 4 && report.exitCode == .ok, "\(report.rows)")
            #expect(Set(try mirror.files()).isSuperset(of: ["A.zip", "B.zip", "C.zip", "D.zip"]))
        }
    }

    @Test func `jobs that share a prefix archive each product once`() async throws {
        try await withMirror { mirror in
            try Self.put(MirrorFixture.jobID, ["own/A.zip"], requested: Self.early, mirror)
            try Self.put(
                "22222222-2222-4333-8444-555555555555",
                ["own/A.zip", "own/B.zip"],
                requested: Self.late,
                mirror
            )
            for suffix in ["A_x.bin", "B_x.bin"] {
                mirror.simulator.catalogue.putObject("own/\(suffix)", StoredObject([1, 2]))
            }
            let report = try await mirror.sync(suffixes: [".zip", "_x.bin"])
            #expect(report.archived == 4 && report.exitCode == .ok, "\(report.rows)")
            #expect(report.products == ["fetch": 4])
            #expect(mirror.productRequests.count { $0.target.hasSuffix("/A.zip") && $0.method == "GET" } == 1)
        }
    }

    @Test func `a job that succeeded and lists nothing makes the run incomplete`() async throws {
        try await withMirror { mirror in
            try Self.put(MirrorFixture.jobID, [], requested: Self.early, mirror)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.exitCode == .incomplete)
            #expect(report.rows.map(\.reason) == ["the job succeeded and lists no files"])
        }
    }
}
