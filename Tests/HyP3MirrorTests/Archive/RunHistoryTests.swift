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
        var runs: [RunRecord]
        var job: Job = .example("a", requested: .days(-15), expires: .days(-1))
        var isLost: Bool
    }

    /// A run that planned and could not have everything.
    private static func planned(
        _ day: Double,
        suffixes: [String] = ["_VV.tif"],
        from: Date? = nil,
        to: Date? = nil
    ) -> RunRecord {
        var record = Self.run(day, complete: false, from: from)
        record.requestedTo = to
        record.isPlanned = true
        record.suffixes = Dictionary(uniqueKeysWithValues: suffixes.map { ($0, .days(day)) })
        return record
    }

    private static let losses: [Loss] = [
        Loss(testDescription: "no run before", runs: [], isLost: false),
        Loss(testDescription: "no run since the job was submitted", runs: [run(-16, newest: .days(-16))], isLost: true),
        Loss(testDescription: "a run that failed at it is enough", runs: [planned(-2)], isLost: true),
        Loss(
            testDescription: "so is one of a row of failed runs after a complete one",
            runs: [run(-16), planned(-14), planned(-2)],
            isLost: true
        ),
        Loss(testDescription: "a run that did not get so far", runs: [run(-2, complete: false)], isLost: false),
        Loss(testDescription: "gone before the first run", runs: [planned(-0.5)], isLost: false),
        Loss(testDescription: "a suffix that no run wanted", runs: [planned(-2, suffixes: ["_VH.tif"])], isLost: false),
        Loss(
            testDescription: "a suffix that was wanted after it was gone",
            runs: [planned(-2, suffixes: ["_VH.tif"]), planned(-0.5, suffixes: ["_VH.tif", "_VV.tif"])],
            isLost: false
        ),
        Loss(
            testDescription: "submitted before the wanted time began",
            runs: [planned(-2, from: .days(-14))],
            isLost: false
        ),
        Loss(
            testDescription: "submitted after the wanted time ended",
            runs: [planned(-2, to: .days(-16))],
            isLost: false
        ),
        Loss(
            testDescription: "one of several wanted times",
            runs: [planned(-3, from: .days(-14)), planned(-2, from: .days(-16), to: .days(-14.5))],
            isLost: true
        ),
        Loss(testDescription: "a run of the future", runs: [planned(1)], isLost: false),
        Loss(testDescription: "a run of another query", runs: [run(-16, query: "other")], isLost: false),
        Loss(
            testDescription: "a file taken out of the archive after it was complete",
            runs: [run(-16, newest: .days(-16)), planned(-8)],
            job: .example("a", requested: .days(-20), expires: .days(-6)),
            isLost: false
        ),
        Loss(
            testDescription: "settled by a complete run while the clock was ahead",
            runs: [planned(-16), run(20, newest: .days(-1))],
            job: .example("a", requested: .days(-20), expires: .days(-6)),
            isLost: false
        ),
        Loss(
            testDescription: "not settled by a complete run while the clock was ahead",
            runs: [planned(-16), run(20, newest: .days(-19))],
            job: .example("a", requested: .days(-18.5), expires: .days(-6)),
            isLost: true
        ),
        Loss(
            testDescription: "a job that was not finished then",
            runs: [run(-16, open: .days(-20), newest: .days(-16))],
            job: .example("a", requested: .days(-20), expires: .days(-1)),
            isLost: true
        ),
    ]

    @Test(arguments: losses)
    func `lost is what an earlier run wanted, and no complete run has settled`(_ row: Loss) throws {
        let deletion = try #require(row.job.expires)
        let earlier = RunHistory(row.runs).earlierRuns("q", now: planNow)
        #expect(earlier.hasLost(try SuffixTemplate("_VV.tif"), of: row.job, deletion: deletion) == row.isLost)
    }

    @Test func `runs about other parts of the jobs tell of the jobs that they were about`() throws {
        let suffix = try SuffixTemplate("_VV.tif")
        let shards = try (1...3).map { try Shard("\($0)/3") }
        let jobs = ["a", "b", "c", "d", "e"].map { Job.example($0, requested: .days(-15), expires: .days(-1)) }
        func lost(_ earlier: EarlierRuns) -> [String] {
            jobs.filter { earlier.hasLost(suffix, of: $0, deletion: .days(-1)) }.map(\.id)
        }
        let none = RunHistory().earlierRuns("q", now: planNow)
        for shard in shards {
            let own = jobs.map(\.id).filter { shard.contains(jobID: $0) }
            var earlier = none
            earlier.add(RunHistory([Self.planned(-2)]).earlierRuns("q", now: planNow, of: shard))
            #expect(lost(earlier) == own)
            var settled = RunHistory([Self.planned(-2)]).earlierRuns("q", now: planNow)
            settled.add(RunHistory([Self.run(-3, newest: .days(-3))]).earlierRuns("q", now: planNow, of: shard))
            #expect(lost(settled) == jobs.map(\.id).filter { !own.contains($0) })
        }
        #expect(
            lost(none).isEmpty
                && Set(
                    shards.flatMap { shard in
                        jobs.map(\.id).filter { shard.contains(jobID: $0) }
                    }
                ).count == 5
        )
    }

    @Test func `many runs of shifting times stay few, and tell the same`() throws {
        let runs = (0..<5_000).map { number -> RunRecord in
            let day = Double(number) / 100 - 60
            return Self.planned(day, from: .days(day - 14), to: .days(day - 1))
        }
        let earlier = RunHistory(runs).earlierRuns("q", now: planNow)
        let suffix = try SuffixTemplate("_VV.tif")
        for (requested, isLost) in [(-12.0, true), (-30.0, false)] {
            let job = Job.example("a", requested: .days(requested), expires: .days(-0.5))
            #expect(earlier.hasLost(suffix, of: job, deletion: .days(-0.5)) == isLost)
        }
    }
}
