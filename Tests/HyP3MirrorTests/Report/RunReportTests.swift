import Checksums
import Foundation
import SystemPackage
import Testing

@testable import HyP3Mirror

@Suite struct `Run report` {
    private static let started = Date(timeIntervalSince1970: 1_722_513_600)

    private static func plan(_ jobs: [Job], present: [String] = []) throws -> Plan {
        Plan.of(
            jobs,
            policy: PlanPolicy(suffixes: [try SuffixTemplate("_VV.tif")], now: planNow),
            present: present,
            keeping: .work
        )
    }

    private static func archived(_ planned: PlannedProduct, size: Int64, proof: Proof) -> FetchOutcome {
        let product = planned.product
        let entry = ManifestEntry(
            product,
            size: size,
            sha256: "00",
            etag: nil,
            proof: proof,
            archived: Self.started
        )
        let tally = FetchTally(attempts: 1, received: size - 100, resumed: 100, proof: proof)
        return FetchOutcome(product: product, result: .archived(entry), tally: tally)
    }

    private static func failed(_ planned: PlannedProduct, _ kind: FetchFailure.Kind, attempts: Int) -> FetchOutcome {
        FetchOutcome(
            product: planned.product,
            result: .failed(FetchFailure(kind, "because of \(kind)")),
            tally: FetchTally(attempts: attempts, received: 7, resumed: 0, proof: nil)
        )
    }

    private static func tally(_ project: String, in directory: String) -> RunTally {
        // So few lines as here never leave memory.
        RunTally(
            project: project,
            host: "https://h",
            directory: directory,
            started: Self.started,
            rows: RunRows(for: "/none/report.json"),
            newFiles: Spool(for: "/none/new")
        )
    }

    /// A report with its rows, as somebody reads it who finds the file.
    private static func written(_ report: RunReport, _ tally: RunTally) throws -> RunReport {
        try RunReport(json: Self.json([(report, tally.rows)], isOne: true))
    }

    private static func json(_ runs: [(report: RunReport, rows: RunRows)], isOne: Bool) throws -> [UInt8] {
        var json: [UInt8] = []
        try RunReports.write(runs, isOne: isOne) { json += $0 }
        return json
    }

    private static func text(_ spool: Spool) throws -> String {
        var bytes: [UInt8] = []
        try spool.read { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A run with some of everything.
    private static func eventful() throws -> RunTally {
        let jobs = (1...7).map { Job.example("job-\($0)", stem: "P\($0)") }
        let others: [Job] = [
            .example("unsafe", stem: "../x"), .example("old", stem: "Old", expires: .days(-1)),
            .example("here", stem: "Here"), .example("runs", status: .running),
        ]
        let plan = try Self.plan(jobs + others, present: ["Here_VV.tif"])
        let products = Array(plan.products([.fetch]))
        try #require(products.count == 7)
        var tally = Self.tally("floods", in: "/archive/floods")
        var scan = ArchiveIndex.Summary()
        scan.unseen = [UnseenPlace(Array("closed".utf8), .foreignLink(owner: 7))]
        scan.repeated = 1
        tally.record(.scanned(scan))
        tally.record(.planned(plan))
        let unusable = try #require(Array(plan.products([.unsafeName])).first)
        tally.record(.foundUnusable(UnusableProduct(product: unusable, isNew: true)))
        tally.record(.fetched(Self.archived(products[0], size: 345_600_000, proof: .multipartETag(.equal(8 << 20)))))
        tally.record(.fetched(Self.archived(products[1], size: 1000, proof: .lengthOnly)))
        tally.record(.fetched(Self.failed(products[2], .transient(retryAfter: nil), attempts: 5)))
        tally.record(.fetched(Self.failed(products[3], .absent(.witness), attempts: 1)))
        tally.record(.fetched(Self.failed(products[4], .damagedUpstream, attempts: 1)))
        tally.record(.fetched(Self.failed(products[5], .unverifiable, attempts: 1)))
        tally.record(.warned("the token ends in 3 days"))
        return tally
    }

    @Test func `a run is added up`() throws {
        let tally = try Self.eventful()
        let report = tally.report(.complete, ended: Self.started.addingTimeInterval(12), requests: 17)
        #expect(report.exitCode == .incomplete)
        #expect(report.jobs == 11)
        #expect(report.products == ["fetch": 7, "present": 1, "unsafe-name": 1, "expired": 1, "unfinished": 1])
        #expect(
            report.outcomes == [
                "archived": 1, "archived-unproven": 1, "failed": 1, "absent": 1, "damaged": 1,
                "unverifiable": 1,
            ]
        )
        #expect(report.proofs == ["multipart-etag": 1, "length": 1])
        #expect(report.left == 1)
        #expect(report.bytesArchived == 345_601_000)
        #expect(report.bytesFetched == 345_600_828)
        #expect(report.bytesResumed == 200)
        #expect(report.requests == 17)
        #expect(
            try Self.written(report, tally).rows.map { "\($0.jobID) \($0.outcome) \($0.attempts)" } == [
                "unsafe unsafe-name 0", "job-2 archived-unproven 1", "job-3 failed 5", "job-4 absent 1",
                "job-5 damaged 1", "job-6 unverifiable 1",
            ]
        )
        #expect(
            report.warnings == [
                "closed is a symbolic link that belongs to the user with the number 7 and is not followed; "
                    + "what lies there is not seen",
                "1 file name found in more than one directory of the archive", "the token ends in 3 days",
            ]
        )
        #expect(try Self.text(tally.newFiles) == "/archive/floods/P1_VV.tif\n/archive/floods/P2_VV.tif\n")
        #expect(
            report.summary == """
                floods: 2 archived (345.6 MB in 12 s), 1 of them without a digest to prove them, 1 present, 1 failed, \
                1 damaged upstream, 1 unverifiable, 1 with an unsafe name, 1 left for the next run, 1 absent, \
                1 unfinished, 1 expired
                """
        )
    }

    @Test func `the report reads back as what was written`() throws {
        let tally = try Self.eventful()
        let report = tally.report(.stopped(.maximumRuntime), ended: Self.started, requests: 3)
        let json = try Self.json([(report, tally.rows)], isOne: true)
        var read = try RunReport(json: json)
        #expect(read.rows.count == 6)
        read.rows = []
        #expect(read == report)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(object["schema"] as? Int == 1)
        #expect(object["exit_code"] as? Int == 75 && object["planned"] as? Bool == true)
        #expect(object["exit_meaning"] as? String == RunStatus.again.meaning)
        #expect(object["started"] as? String == "2024-08-01T12:00:00Z")
        #expect(object["stopped"] as? String == "--max-runtime is over")
    }

    @Test func `a run that finds nothing new says so`() throws {
        var tally = Self.tally("floods", in: "/a")
        tally.record(.planned(try Self.plan([.example("a", stem: "A")], present: ["A_VV.tif"])))
        let report = tally.report(.complete, ended: Self.started, requests: 2)
        #expect(report.exitCode == .ok)
        #expect(report.summary == "floods: nothing new: 1 present")
        #expect(tally.newFiles.lines == 0)
        let empty = Self.tally("floods", in: "/a")
        #expect(
            empty.report(.complete, ended: Self.started, requests: 2).summary == "floods: nothing new: no products"
        )
    }

    @Test func `absent products alone are no reason to complain`() throws {
        let plan = try Self.plan([.example("a", stem: "A")])
        var tally = Self.tally("floods", in: "/a")
        tally.record(.planned(plan))
        for product in plan.products([.fetch]) {
            tally.record(.fetched(Self.failed(product, .absent(.witness), attempts: 1)))
        }
        let report = tally.report(.complete, ended: Self.started, requests: 2)
        #expect(report.exitCode == .ok)
        #expect(report.summary == "floods: nothing new: 1 absent")
    }

    @Test(arguments: [false, true])
    func `what can never be archived ends with 1 when it is new, and is counted afterwards`(isNew: Bool) throws {
        let plan = try Self.plan([.example("a", stem: "../A")])
        var tally = Self.tally("floods", in: "/a")
        tally.record(.planned(plan))
        func report() -> RunReport { tally.report(.complete, ended: Self.started, requests: 2) }
        #expect(report().exitCode == .ok && report().summary == "floods: nothing new: 1 with an unsafe name")
        let product = try #require(plan.rows.first)
        tally.record(.foundUnusable(UnusableProduct(product: product, isNew: isNew)))
        #expect(report().exitCode == (isNew ? .incomplete : .ok))
        #expect(try Self.written(report(), tally).rows.map(\.outcome) == ["unsafe-name"])
    }

    @Test func `a newly lost product is a row and ends with 1`() throws {
        let policy = PlanPolicy(
            suffixes: [try SuffixTemplate("_VV.tif")],
            now: planNow,
            earlier: .example(.days(-9), ["_VV.tif"])
        )
        let plan = Plan.of(
            [.example("a", stem: "A", expires: .days(-1)), .example("b", stem: "B", expires: .days(-2))],
            policy: policy
        )
        var tally = Self.tally("floods", in: "/a")
        tally.record(.planned(plan))
        tally.record(.foundLost(try #require(plan.rows.first)))
        let report = tally.report(.complete, ended: Self.started, requests: 2)
        #expect(report.exitCode == .incomplete)
        #expect(try Self.written(report, tally).rows.map(\.file) == ["B_VV.tif"])
        #expect(report.summary == "floods: 1 newly lost, 1 lost before")
    }

    @Test func `a stopped run says why`() throws {
        let tally = try Self.eventful()
        let message = "cannot write x: No space left on device"
        let report = tally.report(.failed(.storage, message: message), ended: Self.started, requests: 0)
        #expect(report.exitCode == .storage)
        // The reason is a sentence of its own, and told once.
        #expect(report.summary.hasPrefix("floods: stopped (exit 74: \(RunStatus.storage.meaning)): 2 archived"))
        #expect(report.stopped == message && report.exitMeaning == RunStatus.storage.meaning)
        let signalled = tally.report(.stopped(.signal(15)), ended: Self.started, requests: 0)
        #expect(signalled.stopped == "SIGTERM" && signalled.summary.hasPrefix("floods: stopped (SIGTERM): 2 archived"))
        let hungUp = tally.report(.stopped(.signal(1)), ended: Self.started, requests: 0)
        #expect(hungUp.stopped == "SIGHUP" && hungUp.exitCode.rawValue == 129)
    }

    @Test func `a run that never knew what there is counts nothing`() {
        let tally = Self.tally("floods", in: "/a")
        let report = tally.report(.failed(.unavailable, message: "no"), ended: Self.started, requests: 0)
        #expect(!report.isPlanned && !report.summary.contains("no products"), "\(report.summary)")
        let late = tally.report(.stopped(.maximumRuntime), ended: Self.started, requests: 0)
        #expect(late.exitCode == .again && late.summary.hasPrefix("floods: stopped (--max-runtime is over)"))
    }

    @Test func `a job that cannot be read is not passed over`() throws {
        var tally = Self.tally("floods", in: "/a")
        var listing = JobListing.Summary()
        listing.unreadable.append(UnreadableJob(jobID: "a", reason: "no request_time"))
        tally.record(.listed(listing))
        let told = tally.report(.complete, ended: Self.started, requests: 1)
        #expect(told.exitCode == .ok && told.failedAtNothing, "an earlier run has told of it")
        tally.record(.foundUnreadable(UnreadableJobs(jobs: listing.unreadable, new: 1)))
        let report = tally.report(.complete, ended: Self.started, requests: 1)
        #expect(report.exitCode == .incomplete && !report.failedAtNothing)
        #expect(report.summary == "floods: 1 unreadable job")
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1049, "1 kB"), (1050, "1.1 kB"), (345_600_000, "345.6 MB"),
        (999_949, "999.9 kB"), (999_950, "1 MB"), (999_999_999_999, "1 TB"), (Int64.max, "9.2 EB"),
    ])
    func `bytes are told in units of 1000`(bytes: Int64, text: String) {
        #expect(ByteText.decimal(bytes) == text)
    }

    @Test(arguments: [
        (0.0, "0 s"), (0.45, "0.4 s"), (9.99, "9.9 s"), (12.7, "12 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"),
    ])
    func `durations are told in two units`(seconds: Double, text: String) {
        #expect(DurationText.short(.seconds(seconds)) == text)
    }

    @Test func `the reports of several projects are one document with one exit status`() throws {
        let (first, second) = (try Self.eventful(), Self.tally("rtc", in: "/a/rtc"))
        let reports = [
            first.report(.complete, ended: Self.started, requests: 3),
            second.report(.stopped(.maximumRuntime), ended: Self.started, requests: 0),
        ]
        let json = try Self.json([(reports[0], first.rows), (reports[1], second.rows)], isOne: false)
        var read = try RunReports(json: json).projects
        #expect(read.map(\.rows.count) == [6, 0])
        read[0].rows = []
        #expect(read == reports)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(object["schema"] as? Int == 1 && object["exit_code"] as? Int == 75)
        #expect((object["projects"] as? [[String: Any]])?.map { $0["project"] as? String } == ["floods", "rtc"])
    }

    @Test func `what reads like the key of the rows is text all the same`() throws {
        let tally = Self.tally("\"rows\" : [", in: "/a")
        let product = try #require(Array(Self.plan([.example("a")]).products([.fetch])).first)
        tally.rows.add(
            RunReport.Row(
                product.product,
                outcome: "failed",
                reason: "\"rows\" : [\n]\u{1B}[2J",
                attempts: 1
            )
        )
        let read = try Self.written(tally.report(.complete, ended: Self.started, requests: 0), tally)
        #expect(read.project == "\"rows\" : [" && read.rows.map(\.reason) == ["\"rows\" : [\n]\u{1B}[2J"])
    }
}
