import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import SystemPackage
import TestSupport
import Testing

/// Whole runs on jobs that make files of one name.
@Suite struct SharedNameTests {
    private static let first = "11111111-2222-4333-8444-555555555555"
    private static let second = "22222222-2222-4333-8444-555555555555"
    private static let file = "S1_OVERLAP_G0120V02_P052.zip"
    private static let byJob = ["layout": ["{job_id}/{filename}"]]
    private static let one = zip("1")
    private static let other = zip("2")

    /// An archive without entries, and with a comment.
    private static func zip(_ comment: String) -> [UInt8] {
        [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 16) + [UInt8(comment.utf8.count), 0] + Array(comment.utf8)
    }

    private static func put(
        _ id: String,
        _ bytes: [UInt8],
        file: String = Self.file,
        requested: String,
        expires: String = "2099-01-01T00:00:00+00:00",
        _ mirror: MirrorFixture
    ) throws {
        let key = "\(id)/\(file)"
        mirror.simulator.catalogue.putObject(key, StoredObject(bytes))
        try mirror.simulator.catalogue.putJob(
            """
            {"job_id": "\(id)", "user_id": "\(mirror.simulator.username)", "name": "\(MirrorFixture.project)",
             "job_type": "AUTORIFT", "job_parameters": {"n": 1}, "status_code": "SUCCEEDED",
             "request_time": "\(requested)", "expiration_time": "\(expires)",
             "files": [{"filename": "\(file)", "size": \(bytes.count),
                        "url": "\(mirror.simulator.catalogue.url(key))"}]}
            """
        )
    }

    private static func putBoth(
        _ mirror: MirrorFixture,
        _ one: [UInt8] = Self.one,
        _ other: [UInt8] = Self.other
    ) throws {
        try Self.put(Self.first, one, requested: "2026-11-20T00:00:00+00:00", mirror)
        try Self.put(Self.second, other, requested: "2026-11-21T00:00:00+00:00", mirror)
    }

    private static func listings(_ mirror: MirrorFixture) -> Int {
        mirror.productRequests.count { $0.target.contains("list-type=2") }
    }

    @Test func `a layout that parts jobs keeps both, and the next run finds both`() async throws {
        try await withMirror { mirror in
            try Self.putBoth(mirror)
            let report = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(report.exitCode == .ok && report.archived == 2 && report.products == ["fetch": 2], "\(report.rows)")
            #expect(mirror.bytes("\(Self.first)/\(Self.file)") == Self.one)
            #expect(mirror.bytes("\(Self.second)/\(Self.file)") == Self.other)
            let next = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(next.exitCode == .ok && next.archived == 0 && next.products == ["present": 2], "\(next.rows)")
            #expect(next.rows.isEmpty && next.warnings.isEmpty, "\(next.warnings)")
            let plan = try await mirror.mirror(Self.byJob, suffixes: [".zip"]).plan()
            #expect(
                Set(plan.products().map(\.path)) == [
                    "\(Self.first)/\(Self.file)", "\(Self.second)/\(Self.file)",
                ]
            )
        }
    }

    @Test func `one of two that was deleted by hand is fetched anew, and records stay true`() async throws {
        try await withMirror { mirror in
            try Self.putBoth(mirror)
            _ = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.first)/\(Self.file)")
            let report = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(report.exitCode == .ok && report.archived == 1 && report.products == ["fetch": 1, "present": 1])
            #expect(mirror.bytes("\(Self.first)/\(Self.file)") == Self.one)
            let sums = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
            let result = try await RunningCommand(sums, directory: mirror.root).result()
            #expect(result.exit == 0, "\(result.output)\(result.errors)")
        }
    }

    @Test func `records of a deleted file do not move to another job's file of its name`() async throws {
        try await withMirror { mirror in
            try Self.putBoth(mirror)
            _ = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.first)/\(Self.file)")
            try mirror.simulator.catalogue.updateJob(Self.first, #"{"expiration_time": "2026-11-22T00:00:00+00:00"}"#)
            let before = mirror.bytes(".hyp3-mirror/manifest.jsonl")
            let report = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(report.exitCode == .incomplete && report.rows.map(\.outcome) == ["missing"], "\(report.rows)")
            #expect(mirror.bytes(".hyp3-mirror/manifest.jsonl") == before)
            let lines = String(decoding: mirror.bytes("SHA256SUMS") ?? [], as: UTF8.self)
            #expect(lines.contains("\(Self.first)/\(Self.file)") && lines.contains("\(Self.second)/\(Self.file)"))
        }
    }

    @Test func `other bytes under one name are told in every run while HyP3 has them`() async throws {
        try await withMirror { mirror in
            try Self.putBoth(mirror)
            for run in 1...2 {
                let report = try await mirror.sync(suffixes: [".zip"])
                #expect(report.exitCode == .incomplete && report.archived == (run == 1 ? 1 : 0))
                let row = try #require(report.rows.first { $0.outcome == "duplicate-name" })
                #expect(row.jobID == Self.second && row.file == Self.file)
                #expect(
                    row.reason.hasPrefix("job \(Self.first) makes another file of this name (ETags "),
                    "\(row.reason)"
                )
                #expect(row.reason.hasSuffix("archive.layout with {job_id}, as in {job_id}/{filename}, keeps both"))
                #expect(row.reason.contains(run == 1 ? "and was requested first" : "which is archived"))
                #expect(report.products["duplicate-name"] == 1 && report.summary.contains("1 with a duplicate name"))
            }
            #expect(mirror.bytes(Self.file) == Self.one)
            // The cure: what is archived stays where it is, and the other comes.
            let cured = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(cured.exitCode == .ok && cured.products == ["present": 1, "fetch": 1], "\(cured.rows)")
            #expect(mirror.bytes(Self.file) == Self.one)
            #expect(mirror.bytes("\(Self.second)/\(Self.file)") == Self.other)
            let next = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            #expect(next.exitCode == .ok && next.products == ["present": 2], "\(next.rows)")
        }
    }

    @Test func `what is not archived is listed by runs that list only what matters, too`() async throws {
        try await withMirror { mirror in
            try Self.put(Self.first, Self.one, requested: "2026-01-20T00:00:00+00:00", mirror)
            try Self.put(Self.second, Self.other, requested: "2026-01-21T00:00:00+00:00", mirror)
            let (third, date) = ("33333333-2222-4333-8444-555555555555", "2026-11-22T00:00:00+00:00")
            try Self.put(third, Self.other, file: "other.zip", requested: date, mirror)
            for _ in 1...3 {
                let report = try await mirror.sync(["incremental": ["true"]], suffixes: [".zip"])
                #expect(report.exitCode == .incomplete && report.rows.map(\.jobID).contains(Self.second))
            }
        }
    }

    @Test func `the same bytes are one product`() async throws {
        try await withMirror { mirror in
            try Self.putBoth(mirror, Self.one, Self.one)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.exitCode == .ok && report.products == ["fetch": 1] && report.archived == 1, "\(report.rows)")
            let asked = Self.listings(mirror)
            let next = try await mirror.sync(suffixes: [".zip"])
            #expect(next.exitCode == .ok && next.products == ["present": 1] && next.rows.isEmpty)
            // What is archived is on record.
            #expect(Self.listings(mirror) - asked == 1)
        }
    }

    @Test func `a size that HyP3 tells is enough to tell them apart where nothing can be listed`() async throws {
        try await withMirror { mirror in
            mirror.simulator.catalogue.allowListing(false)
            try Self.putBoth(mirror, Self.one, Self.zip("12"))
            _ = try await mirror.sync(suffixes: [".zip"])
            let report = try await mirror.sync(suffixes: [".zip"])
            let sizes = "\(Self.one.count) and \(Self.one.count + 1) bytes"
            #expect(
                report.exitCode == .incomplete && report.rows.first?.reason.contains(sizes) == true,
                "\(report.rows)"
            )
        }
    }

    @Test func `what nothing tells is not the same`() async throws {
        try await withMirror { mirror in
            mirror.simulator.catalogue.allowListing(false)
            try Self.putBoth(mirror, Self.one, Self.one)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.exitCode == .incomplete && report.products["duplicate-name"] == 1)
            #expect(report.rows.first?.reason.contains("nothing tells whether it is the same") == true)
        }
    }

    @Test func `one that HyP3 has deleted keeps its file, and the other is told until it is gone, too`() async throws {
        try await withMirror { mirror in
            try Self.put(Self.first, Self.one, requested: "2026-11-20T00:00:00+00:00", mirror)
            #expect(try await mirror.sync(suffixes: [".zip"]).archived == 1)
            try mirror.simulator.catalogue.updateJob(Self.first, #"{"expiration_time": "2026-11-22T00:00:00+00:00"}"#)
            try Self.put(Self.second, Self.other, requested: "2026-11-21T00:00:00+00:00", mirror)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.exitCode == .incomplete && report.rows.map(\.jobID) == [Self.second], "\(report.rows)")
            #expect(report.products == ["present": 1, "duplicate-name": 1])
            try mirror.simulator.catalogue.updateJob(Self.second, #"{"expiration_time": "2026-11-23T00:00:00+00:00"}"#)
            let last = try await mirror.sync(suffixes: [".zip"])
            #expect(last.exitCode == .ok && last.products == ["present": 1, "duplicate-name": 1], "\(last.rows)")
        }
    }

    @Test func `the record tells whose a file is, whoever was requested first and whoever is listed`() async throws {
        try await withMirror { mirror in
            try Self.put(Self.second, Self.other, requested: "2026-11-21T00:00:00+00:00", mirror)
            #expect(try await mirror.sync(suffixes: [".zip"]).archived == 1)
            try Self.put(Self.first, Self.one, requested: "2026-11-20T00:00:00+00:00", mirror)
            let report = try await mirror.sync(suffixes: [".zip"])
            #expect(report.exitCode == .incomplete && report.rows.map(\.jobID) == [Self.first], "\(report.rows)")
            // The one that is archived is not listed.
            let late = ["end": ["2026-11-20T12:00:00Z"]]
            let part = try await mirror.sync(late, suffixes: [".zip"])
            #expect(part.exitCode == .incomplete && part.rows.map(\.jobID) == [Self.first], "\(part.rows)")
            #expect(part.rows.first?.reason.contains("job \(Self.second) makes another file") == true)
            let apart = try await mirror.sync(late.merging(Self.byJob) { a, _ in a }, suffixes: [".zip"])
            #expect(apart.exitCode == .ok && apart.archived == 1, "\(apart.rows)")
            #expect(mirror.bytes("\(Self.first)/\(Self.file)") == Self.one)
        }
    }

    @Test func `a file that somebody moved is found by the record, and by its name where no other job makes it`()
        async throws
    {
        try await withMirror { mirror in
            try Self.putBoth(mirror)
            _ = try await mirror.sync(Self.byJob, suffixes: [".zip"])
            let manager = FileManager.default
            try manager.removeItem(atPath: "\(mirror.root)/\(Self.second)")
            try mirror.simulator.catalogue.updateJob(Self.second, #"{"name": "other"}"#)
            try manager.createDirectory(atPath: "\(mirror.root)/sorted", withIntermediateDirectories: false)
            try manager.moveItem(
                atPath: "\(mirror.root)/\(Self.first)/\(Self.file)",
                toPath: "\(mirror.root)/sorted/\(Self.file)"
            )
            for losesRecords in [false, true] {
                if losesRecords { try manager.removeItem(atPath: "\(mirror.root)/.hyp3-mirror") }
                let report = try await mirror.sync(Self.byJob, suffixes: [".zip"])
                #expect(report.exitCode == .ok && report.products == ["present": 1], "\(report.rows)")
            }
        }
    }
}
