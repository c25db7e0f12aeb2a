import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// What a report says by day, job, time and reason is what the records say, and no more.
@Suite struct ReportDetailTests {
    private static let stem = "S1A_IW_20261003T001530_DVP_RTC30_G_gpuned_8A5D"

    private static func line(
        _ path: String,
        requested: Int = 0,
        published: Int? = nil,
        archived: Int,
        job: String = "j"
    ) -> String {
        let published = published.map { #""published":"\#(Self.time($0))","# } ?? ""
        return #"{"archived":"\#(Self.time(archived))","check":"md5-etag","job_id":"\#(job)","job_type":"T","#
            + #""path":"\#(path)",\#(published)"requested":"\#(Self.time(requested))","schema":1,"#
            + #""sha256":"\#(String(repeating: "0", count: 64))","size":10,"url":"https://b.example/x"}"# + "\n"
    }

    /// So many minutes after the first of November.
    private static func time(_ minutes: Int) -> String {
        CivilTime(Date(timeIntervalSince1970: 1_793_491_200 + Double(minutes) * 60)).text
    }

    private static func withKnown(
        _ manifest: String,
        log: String = "",
        _ body: (KnownFiles) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            try FileManager.default.createDirectory(atPath: project.state, withIntermediateDirectories: false)
            try Data(manifest.utf8).write(to: URL(fileURLWithPath: project.manifest))
            try Data(log.utf8).write(to: URL(fileURLWithPath: project.verified))
            try body(try KnownFiles(project, isDated: true))
        }
    }

    private static func open(
        _ file: String,
        _ suffix: String?,
        state: String = "fetch",
        job: String = "j",
        parameters: String? = nil,
        reason: String = "r"
    ) -> OpenRecord {
        let provenance = Provenance(
            jobID: job,
            jobType: "T",
            jobName: nil,
            parametersJSON: parameters,
            requested: Date(timeIntervalSince1970: 1_795_000_000),
            expires: nil
        )
        return OpenRecord(provenance, state: state, file: file, suffix: suffix, reason: reason)
    }

    private static func lost(_ file: String) throws -> AbsenceRecord {
        let provenance = Self.open(file, nil)
        let product = Product(
            file: file,
            path: file,
            url: "",
            provenance: Provenance(
                jobID: provenance.jobID,
                jobType: "T",
                jobName: nil,
                parametersJSON: nil,
                requested: provenance.requested,
                expires: nil
            )
        )
        return AbsenceRecord(product, state: .lost, now: provenance.requested)
    }

    @Test func `a day is complete, partial, missing or lost by what became of its products`() async throws {
        func name(_ day: String, _ suffix: String) -> String { "S1A_IW_202610\(day)T001530_X_8A5D\(suffix)" }
        let manifest =
            Self.line(name("01", "_VV.tif"), archived: 9) + Self.line("2026/\(name("01", "_VH.tif"))", archived: 9)
            + Self.line(name("02", "_VV.tif"), archived: 9) + Self.line(name("03", "_VV.tif"), archived: 9)
            + Self.line(name("05", "_VV.tif"), archived: 9) + Self.line(name("06", "_VV.tif"), archived: 9)
            + Self.line("notes_VV.tif", archived: 9)
        let log =
            #"{"path":"\#(name("06", "_VV.tif"))","result":"rot","schema":1,"verified":"\#(Self.time(99))"}"# + "\n"
        try await Self.withKnown(manifest, log: log) { known in
            let open = [
                Self.open(name("02", "_VH.tif"), "_VH.tif"), Self.open(name("04", "_VV.tif"), "_VV.tif"),
                // Archived once, taken away, and to be fetched again.
                Self.open(name("05", "_VV.tif"), "_VV.tif"), Self.open("", nil, state: "failed"),
                // The name is another job's, and archived.
                Self.open(name("01", "_VV.tif"), "_VV.tif", state: "duplicate-name"),
            ]
            let lost = [try Self.lost(name("03", "_VH.tif"))]
            let found = Acquisitions(known, open: open, lost: lost)
            let counts = found.days.map { [$0.archived, $0.open, $0.damaged, $0.lost] }
            #expect(found.days.map(\.day) == (1...6).map { "2026-10-0\($0)" })
            let expected = [[2, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
            #expect(counts == expected)
            #expect(found.days.map(\.standing) == [.partial, .partial, .lost, .missing, .missing, .missing])
            #expect(found.undated == 1)
            #expect(Acquisitions(known, open: [], lost: []).days.first?.standing == .complete)
            let newest = found.newest(months: 1)
            #expect(newest == found)
        }
    }

    @Test func `the matrix tells suffixes apart, and says archived only of what the manifest has`() async throws {
        let (stem, other) = (Self.stem, "S1B_IW_20261004T001530_X_0001")
        let texts = [".tif", "_VV.tif", "_FM_{flood_depth_estimator}_PW.tif", "_W*.tif"]
        let suffixes = try texts.map { try SuffixTemplate($0) }
        let manifest =
            Self.line("\(stem)_VV.tif", archived: 1) + Self.line("\(other)_FM_iterative_PW.tif", archived: 1)
        try await Self.withKnown(manifest) { known in
            let open = [
                Self.open("\(stem)_FM_iterative_PW.tif", "_FM_iterative_PW.tif"),
                Self.open("\(stem)_WM.tif", "_WM.tif", state: "damaged"),
                // What earlier versions wrote.
                Self.open("\(other)_VV.tif", nil, job: "k", parameters: #"{"flood_depth_estimator":"iterative"}"#),
            ]
            let lost = [Self.open("x_gone.nc", nil, state: "lost", job: "l")]
            let table = IncompleteJobs(open: open, lost: lost, suffixes: suffixes, known: known)
            #expect(table.jobs == 3 && table.rows.map(\.stem) == [stem, other, "x_gone.nc"])
            #expect(table.columns.map(\.suffix) == suffixes.map(\.text) + [""])
            #expect(table.columns.map { $0.states.values.reduce(0, +) } == [0, 1, 1, 1, 1])
            #expect(
                table.rows.map(\.states) == [
                    ["_FM_{flood_depth_estimator}_PW.tif": "fetch", "_W*.tif": "damaged", "_VV.tif": "present"],
                    ["_VV.tif": "fetch", "_FM_{flood_depth_estimator}_PW.tif": "present"], ["": "lost"],
                ]
            )
            let old = [Self.open("\(other)_FM_nmad_PW.tif", nil, state: "lost", job: "l")]
            let told = IncompleteJobs(open: [], lost: old, suffixes: suffixes, known: known)
            #expect(told.rows.map(\.stem) == [other] && told.rows[0].states.values.contains("lost"))
            #expect(told.columns.map(\.suffix) == suffixes.map(\.text))
            let many = (0..<1500).map { Self.open("\($0)_VV.tif", "_VV.tif", job: "\($0)") }
            let long = IncompleteJobs(open: many, lost: [], suffixes: suffixes, known: known)
            #expect(long.jobs == 1500 && long.rows.count == 1000 && long.columns[1].states == ["fetch": 1500])
            #expect(IncompleteJobs(open: [], lost: [], suffixes: suffixes, known: known) == IncompleteJobs())
        }
    }

    @Test func `medians are of what is known, and what is not known is none`() async throws {
        var manifest = ""
        for number in 1...100 {
            manifest += Self.line("\(number)_VV.tif", published: 60, archived: 60 + number)
        }
        manifest += Self.line("old_VV.tif", archived: 2000)
        // Adopted, of no job that anybody knows; and of a clock that was wrong.
        manifest += Self.line("adopted_VV.tif", archived: 5, job: "")
        manifest += Self.line("early_VV.tif", requested: 100, archived: 50)
        try await Self.withKnown(manifest) { known in
            let latency = try Latency(known, stop: StopFlag())
            #expect(latency.products == 102)
            let (whole, made) = (try #require(latency.requestedToArchived), try #require(latency.requestedToPublished))
            let fetched = try #require(latency.publishedToArchived)
            #expect(whole.products == 101 && whole.median == 111 * 60 && whole.p95 == 156 * 60)
            #expect(made.products == 100 && made.median == 3600 && made.p95 == 3600)
            #expect(fetched.products == 100 && fetched.median == 50 * 60 && fetched.p95 == 95 * 60)
            #expect(CivilTime(try #require(latency.since)).text == Self.time(50))
        }
        try await Self.withKnown(Self.line("a_VV.tif", archived: 9)) { known in
            let latency = try Latency(known, stop: StopFlag())
            #expect(latency.requestedToArchived?.median == 540)
            #expect(latency.requestedToPublished == nil && latency.publishedToArchived == nil)
        }
    }

    @Test func `reasons are one where only names and numbers differ`() {
        let url = "https://b.s3.example/a/1.tif: status 503 (SlowDown)"
        let rows =
            (0..<3).map { Self.open("f", nil, reason: url.replacing("1.tif", with: "\($0).tif")) }
            + [Self.open("f", nil, reason: "12345678 bytes came, 98765432 were announced")]
            + [Self.open("", nil, state: "failed", reason: "the job failed")]
        let run = RunRecord(
            started: .distantPast,
            ended: Date(timeIntervalSince1970: 9),
            exit: 69,
            isComplete: false,
            isFull: true,
            query: ""
        )
        let failures = FailureReasons(rows, [run, run])
        #expect(failures.reasons.map(\.count) == [3, 1, 1])
        #expect(failures.reasons[0].reason == "https://b.s3.example/…: status 503 (SlowDown)")
        #expect(failures.reasons[1].reason == "the job failed" || failures.reasons[2].reason == "the job failed")
        #expect(failures.reasons.contains { $0.reason == "… bytes came, … were announced" && $0.state == "fetch" })
        #expect(failures.exits.map(\.exitCode) == [69] && failures.exits[0].runs == 2)
        let many = FailureReasons((0..<80).map { Self.open("f", nil, reason: "r\($0)") }, [])
        #expect(many.reasons.count == 50 && many.others == 30)
    }

    @Test func `the pace of runs is that of those which fetched something`() {
        func run(_ bytes: Int64?, _ seconds: Double) -> RunRecord {
            let started = Date(timeIntervalSince1970: 0)
            var run = RunRecord(
                started: started,
                ended: started.addingTimeInterval(seconds),
                exit: 0,
                isComplete: true,
                isFull: true,
                query: ""
            )
            run.bytesFetched = bytes
            return run
        }
        #expect(Throughput([run(nil, 1), run(999_999, 1)]) == nil)
        let runs = [run(10_000_000, 10), run(20_000_000, 10), run(90_000_000, 10), run(5, 1)]
        let pace = Throughput(runs)
        #expect(pace?.runs == 3 && pace?.median == 2_000_000 && pace?.p5 == 1_000_000)
    }

    @Test(
        arguments: [
            ("2026-11-05", "Nov 2026", 6, 30), ("2024-02-29", "Feb 2024", 3, 29), ("1970-01-01", "Jan 1970", 3, 31),
        ]
    )
    func `a month begins on its weekday`(day: String, title: String, offset: Int, days: Int) throws {
        let month = try #require(PageMonth(ofDay: day))
        #expect(month.title == title && month.offset == offset && month.days == days)
        #expect(month.next.earlier(by: 1) == month && month.day(5).hasSuffix("-05"))
        #expect(PageMonth(ofDay: "x") == nil && PageMonth(ofDay: "2026-13-01") == nil)
    }
}
