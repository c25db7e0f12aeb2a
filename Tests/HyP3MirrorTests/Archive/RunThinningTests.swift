import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// A history that is never cleared stays small, and says what it said.
@Suite struct RunThinningTests {
    private static let now = Date(timeIntervalSince1970: 1_795_000_000)

    private static func record(hoursAgo: Int, isComplete: Bool = true, query: String = "q") -> RunRecord {
        let started = Self.now.addingTimeInterval(Double(-3600 * hoursAgo))
        var record = RunRecord(
            started: started,
            ended: started.addingTimeInterval(60),
            exit: isComplete ? 0 : 1,
            isComplete: isComplete,
            isFull: true,
            query: query
        )
        record.isPlanned = true
        record.suffixes = ["_x.bin": started]
        return record
    }

    @Test func `a year of hourly runs takes little room, and keeps its first and last`() throws {
        let hours = Array((0..<(24 * 400)).reversed())
        let records = hours.map { Self.record(hoursAgo: $0, isComplete: !$0.isMultiple(of: 7)) }
        let kept = RunHistory.kept(records, now: Self.now)
        #expect(kept.count < 2800, "\(kept.count)")
        #expect(kept.first == 0 && kept.last == records.count - 1)
        #expect(Set(kept).isSuperset(of: (records.count - 47)..<records.count), "two days stay whole")
        let (before, after) = (RunHistory(records), RunHistory(kept.map { records[$0] }))
        #expect(before.lastComplete("q", now: Self.now) == after.lastComplete("q", now: Self.now))
        #expect(before.earlierRuns("q", now: Self.now) == after.earlierRuns("q", now: Self.now))
    }

    @Test func `other queries keep their last word`() {
        let records = [Self.record(hoursAgo: 9000, query: "old")] + (0..<100).map { Self.record(hoursAgo: 100 - $0) }
        #expect(RunHistory.kept(records, now: Self.now).first == 0)
    }

    @Test func `the file is thinned once it is large`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/runs.jsonl"
            let records = (0..<3000).map { Self.record(hoursAgo: 9000 - 2 * $0) }
            try Data(JSONLines.encode(records)).write(to: URL(fileURLWithPath: path))
            try RunHistory.thin(path, now: Self.now)
            #expect(try RunHistory(reading: path).runs(of: "q").count == 3000, "small enough as it is")
            try RunHistory.thin(path, room: 1000, now: Self.now)
            let after = try RunHistory(reading: path).runs(of: "q")
            #expect(after.count < 1500 && after.first == records.first && after.last == records.last, "\(after.count)")
        }
    }
}
