import CurlTransfer
import Testing

@testable import HyP3Mirror

struct ResumeRecordTests {
    private static let evidence = ServiceEvidence([
        "ETag": "\"abc\"", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    ])

    private static func record(total: Int64, boot: String = "boot-1") -> ResumeRecord {
        ResumeRecord(
            header: .init(
                url: "https://b.example/x.tif",
                path: "x.tif",
                total: total,
                chunk: StagedFile.chunkSize,
                boot: boot,
                evidence: evidence
            )
        )
    }

    @Test func `a record is read back as it was written`() throws {
        var record = Self.record(total: 3 * Int64(StagedFile.chunkSize) + 1)
        record.marks[1] = .written
        record.marks[3] = .durable
        let (bytes, offset) = try record.encoded()
        #expect(bytes[offset + 1] == ResumeRecord.Mark.written.rawValue)
        #expect(ResumeRecord(parsing: bytes, boot: "boot-1") == record)
    }

    @Test func `after a reboot only durable chunks count`() throws {
        var record = Self.record(total: 2 * Int64(StagedFile.chunkSize))
        record.marks = [.written, .durable]
        let read = try #require(ResumeRecord(parsing: try record.encoded().bytes, boot: "boot-2"))
        #expect(read.marks == [.nothing, .durable])
        #expect(read.header.boot == "boot-2")
    }

    @Test func `an unknown boot never equals another unknown one`() throws {
        var record = Self.record(total: 1, boot: "")
        record.marks = [.written]
        let read = try #require(ResumeRecord(parsing: try record.encoded().bytes, boot: ""))
        #expect(read.marks == [.nothing])
    }

    @Test func `a record torn anywhere is no record or claims no more`() throws {
        var record = Self.record(total: 4 * Int64(StagedFile.chunkSize))
        record.marks = [.durable, .nothing, .durable, .nothing]
        let bytes = try record.encoded().bytes
        for length in 0..<bytes.count {
            guard let read = ResumeRecord(parsing: Array(bytes[..<length]), boot: "boot-1") else { continue }
            #expect(read == record)
        }
        #expect(ResumeRecord(parsing: Array(bytes.dropLast(2)), boot: "boot-1") == nil)
    }

    @Test func `what is missing comes as ranges that end with the object`() {
        var record = Self.record(total: 4 * Int64(StagedFile.chunkSize) + 5)
        record.marks = [.durable, .nothing, .nothing, .written, .nothing]
        let chunk = Int64(StagedFile.chunkSize)
        let remainder = Remainder(record)
        #expect(remainder.missing == [chunk..<3 * chunk, 4 * chunk..<4 * chunk + 5])
        #expect(remainder.present == 2 * chunk)
    }
}
