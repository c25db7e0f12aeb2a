import Foundation
import Glibc
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `Run history` {
    private static func run(
        _ day: Double,
        complete: Bool = true,
        full: Bool = true,
        query: String = "q",
        from: Date? = nil,
        suffixes: [String] = ["_VV.tif"],
        open: Date? = nil,
        newest: Date? = nil
    ) -> RunRecord {
        var record = RunRecord(
            started: .days(day),
            ended: .days(day + 0.01),
            exit: complete ? 0 : 1,
            isComplete: complete,
            isFull: full,
            query: query
        )
        record.requestedFrom = from
        if complete { record.suffixes = Dictionary(uniqueKeysWithValues: suffixes.map { ($0, .days(day)) }) }
        record.openSince = open
        record.newestRequest = newest ?? .days(day - 0.5)
        return record
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var runs: [RunRecord]
        var wantedFrom: Date?
        var suffixes = ["_VV.tif"]
        var fullEvery = ProjectSettings.defaultFullEvery
        var start: Date?
    }

    private static let cases: [Case] = [
        Case(testDescription: "no history: everything", runs: [], start: nil),
        Case(testDescription: "a day before the newest job seen", runs: [run(-1)], start: .days(-2.5)),
        Case(
            testDescription: "a job submitted early and not finished holds the start back",
            runs: [run(-1, open: .days(-10))],
            start: .days(-11)
        ),
        Case(
            testDescription: "of several complete runs the last one counts",
            runs: [run(-3), run(-2, full: false), run(-1, full: false)],
            start: .days(-2.5)
        ),
        Case(
            testDescription: "a run that was not complete moves nothing",
            runs: [run(-2), run(-1, complete: false)],
            start: .days(-3.5)
        ),
        Case(testDescription: "after 7 days everything", runs: [run(-7), run(-1, full: false)], start: nil),
        Case(
            testDescription: "after as long as was wanted everything",
            runs: [run(-2), run(-1, full: false)],
            fullEvery: .seconds(36 * 3600),
            start: nil
        ),
        Case(
            testDescription: "not before",
            runs: [run(-10), run(-1, full: false)],
            fullEvery: .seconds(11 * 86400),
            start: .days(-2.5)
        ),
        Case(testDescription: "a run of the future", runs: [run(-1), run(1)], start: nil),
        Case(testDescription: "an incremental run of the future", runs: [run(-1), run(1, full: false)], start: nil),
        Case(
            testDescription: "a clock that was far ahead and is still: the newest job counts",
            runs: [run(-1, newest: .days(-400))],
            start: .days(-401)
        ),
        Case(
            testDescription: "a suffix that is new",
            runs: [run(-1)],
            suffixes: ["_VV.tif", "_VH.tif"],
            start: nil
        ),
        Case(testDescription: "another query", runs: [run(-1, query: "other")], start: nil),
        Case(
            testDescription: "a wanted time that begins earlier",
            runs: [run(-1, from: .days(-30))],
            wantedFrom: .days(-60),
            start: nil
        ),
        Case(
            testDescription: "a wanted time that begins later",
            runs: [run(-1)],
            wantedFrom: .days(-1),
            start: nil
        ),
    ]

    @Test(arguments: cases)
    func `an incremental run begins where nothing can be missed`(_ row: Case) {
        let history = RunHistory(row.runs)
        let start = history.listingStart(
            query: "q",
            suffixes: row.suffixes,
            requestedFrom: row.wantedFrom,
            fullEvery: row.fullEvery,
            now: planNow
        )
        #expect(start == row.start)
    }

    @Test func `a project without any job is listed from its beginning`() {
        var empty = Self.run(-1)
        empty.newestRequest = nil
        #expect(
            RunHistory([empty]).listingStart(query: "q", suffixes: ["_VV.tif"], requestedFrom: nil, now: planNow) == nil
        )
    }

    @Test func `a suffix is kept since the first complete run of an unbroken row`() {
        let history = RunHistory([Self.run(-3), Self.run(-2, complete: false)])
        #expect(
            history.keptSince(["_VV.tif", "_VH.tif"], query: "q", started: .days(-1))
                == ["_VV.tif": .days(-3), "_VH.tif": .days(-1)]
        )
    }

    @Test func `what is written is read again, and torn lines are skipped`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/runs.jsonl"
            #expect(try RunHistory(reading: path) == RunHistory())
            let runs = [Self.run(-3, open: .days(-9)), Self.run(-2, complete: false), Self.run(-1, from: .days(-30))]
            let lines = try JSONLines.encode(runs)
            try Data(lines + lines.prefix(30)).write(to: URL(filePath: path))
            #expect(try RunHistory(reading: path) == RunHistory(runs))
        }
    }

    @Test(arguments: [false, true])
    func `of a file of any length only the end is read`(hasLines: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/runs.jsonl"
            let last = try JSONLines.encode([Self.run(-1)])
            let descriptor = try SystemCalls.open(path, O_RDWR | O_CREAT, for: "create")
            defer { close(descriptor) }
            // Sparse: to read all of it would take minutes.
            let length: Int64 = 1 << 40
            try SystemCalls.truncate(descriptor, to: length, path: path)
            let end = (hasLines ? [10] : []) + last
            try end.withUnsafeBytes { try SystemCalls.write($0, to: descriptor, at: length, path: path) }
            #expect(try RunHistory(reading: path) == RunHistory(hasLines ? [Self.run(-1)] : []))
        }
    }

    struct Loss: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var run: CompleteRun
        var job: Job = .example("a", requested: .days(-15), expires: .days(-1))
        var isLost: Bool
    }

    private static let sixteenDaysAgo = CompleteRun(
        started: .days(-16),
        suffixes: ["_VV.tif": .days(-100)],
        newestRequest: .days(-16)
    )

    private static let losses: [Loss] = [
        Loss(testDescription: "no run since the job was submitted", run: sixteenDaysAgo, isLost: true),
        Loss(
            testDescription: "a suffix that was wanted later",
            run: CompleteRun(started: .days(-16), suffixes: ["_VH.tif": .days(-100)]),
            isLost: false
        ),
        Loss(
            testDescription: "a file taken out of the archive after it was complete",
            run: sixteenDaysAgo,
            job: .example("a", requested: .days(-20), expires: .days(-6)),
            isLost: false
        ),
        Loss(
            testDescription: "a job that was not finished then",
            run: CompleteRun(
                started: .days(-16),
                suffixes: ["_VV.tif": .days(-100)],
                openSince: .days(-20),
                newestRequest: .days(-16)
            ),
            job: .example("a", requested: .days(-20), expires: .days(-1)),
            isLost: true
        ),
        Loss(
            testDescription: "gone before the last complete run",
            run: CompleteRun(started: .days(-0.5), suffixes: ["_VV.tif": .days(-100)], openSince: .days(-20)),
            isLost: false
        ),
        Loss(
            testDescription: "submitted before the wanted time began",
            run: CompleteRun(started: .days(-16), suffixes: ["_VV.tif": .days(-100)], requestedFrom: .days(-15.5)),
            job: .example("a", requested: .days(-15.6), expires: .days(-1)),
            isLost: false
        ),
    ]

    @Test(arguments: losses)
    func `lost is what the last complete run could not have archived`(_ row: Loss) throws {
        let deletion = try #require(row.job.deletion)
        #expect(row.run.hasLost(try SuffixTemplate("_VV.tif"), of: row.job, deletion: deletion) == row.isLost)
    }
}
