import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// What a run leaves open takes little room, and whoever lost something can order it again.
@Suite struct OpenRowsTests {
    private static func provenance(_ parameters: String?) -> Provenance {
        Provenance(
            jobID: "j",
            jobType: "RTC",
            jobName: "n",
            parametersJSON: parameters,
            requested: Date(timeIntervalSince1970: 1_795_000_000),
            expires: nil
        )
    }

    @Test func `no more than there is room for, and all counted`() async throws {
        try await withTemporaryDirectory { directory in
            let rows = OpenRows(beside: "\(directory)/open.jsonl")
            let record = OpenRecord(Self.provenance(nil), state: "fetch", file: "f", reason: "r")
            for _ in 0..<20_003 { rows.add(record) }
            var count = 0
            try rows.read { if $0 == record { count += 1 } }
            #expect(count == 20_000)
        }
    }

    @Test func `what was lost keeps what its job was ordered with, if that is not too much`() throws {
        for (parameters, kept) in [
            ("{\"granules\":[\"x\"]}", true), ("{\"x\":\"\(String(repeating: "y", count: 5000))\"}", false),
        ] {
            let product = Product(file: "f", path: "f", url: "", provenance: Self.provenance(parameters))
            var book = AbsenceBook()
            let isNew = book.recordLost(product, now: .now)
            #expect(isNew)
            let line = try book.lines(shard: nil, now: .now)
            let read = try #require(line.withUnsafeBytes { JSONLines.decode(AbsenceRecord.self, line: $0) })
            #expect((read.jobParameters == .object(["granules": .array([.string("x")])])) == kept)
            #expect(read.jobType == "RTC" && read.jobName == "n" && (read.jobParameters != nil) == kept)
        }
    }
}
