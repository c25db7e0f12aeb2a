import Checksums
import CurlTransfer
import Testing

@testable import HyP3Mirror

struct ProofPlanTests {
    private static let bytes = [UInt8]((0..<100).map { UInt8($0) })

    private static func verdict(_ headers: HTTPHeaders, _ bytes: [UInt8] = Self.bytes) throws -> ProofPlan.Verdict {
        let plan = ProofPlan(ServiceEvidence(headers), total: Int64(bytes.count))
        let digests = try DigestSet(plan.kinds)
        try bytes.withUnsafeBytes { try digests.update($0) }
        return plan.verdict(try digests.finish())
    }

    private static func digest(_ algorithm: DigestAlgorithm) throws -> Digest {
        try self.bytes.withUnsafeBytes { try Digest(algorithm, of: $0) }
    }

    private static func headers(_ pairs: [(String, String)]) -> HTTPHeaders {
        var headers: HTTPHeaders = [:]
        for (name, value) in pairs { headers.append(name, value) }
        return headers
    }

    @Test(arguments: [DigestAlgorithm.crc32, .crc32c, .crc64nvme, .sha1, .sha256])
    func `a full-object checksum proves before the ETag`(algorithm: DigestAlgorithm) throws {
        let headers = Self.headers([
            ("x-amz-checksum-\(algorithm.rawValue)", try Self.digest(algorithm).base64), ("ETag", "\"nonsense\""),
        ])
        #expect(try Self.verdict(headers) == .proven(.fullObject(algorithm)))
        #expect(!ProofPlan(ServiceEvidence(headers), total: 100).kinds.contains(.whole(.md5)))
    }

    @Test func `a plain MD5 ETag proves, and contradicts other bytes`() throws {
        let headers = Self.headers([("ETag", "\"\(try Self.digest(.md5).hex)\"")])
        #expect(try Self.verdict(headers) == .proven(.md5ETag))
        guard case .contradicted = try Self.verdict(headers, [1]) else {
            Issue.record("one byte was taken for a hundred")
            return
        }
    }

    @Test func `a multipart ETag of one part proves`() throws {
        let part = try PartedDigest(.md5, partSize: 8 << 20)
        try Self.bytes.withUnsafeBytes { try part.update($0) }
        let headers = Self.headers([("ETag", "\"\(try part.finish().etag)\"")])
        #expect(try Self.verdict(headers) == .proven(.multipartETag(partSize: 8 << 20)))
    }

    @Test(arguments: [
        [("ETag", "W/\"0cc175b9c0f1b6a831c399e269772661\"")],
        [("ETag", "\"0cc175b9c0f1b6a831c399e269772661\""), ("x-amz-server-side-encryption", "aws:kms")],
        [
            ("ETag", "\"0cc175b9c0f1b6a831c399e269772661\""),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ],
        [("ETag", "\"made-by-another-tool\"")],
        [("x-amz-checksum-crc32", "not base64")],
        [],
    ])
    func `what is no digest of the bytes proves nothing`(fields: [(String, String)]) throws {
        #expect(try Self.verdict(Self.headers(fields)) == .unverifiable)
    }

    @Test func `a composite checksum stands in where the ETag is none`() throws {
        let part = try PartedDigest(.sha256, partSize: 8 << 20)
        try Self.bytes.withUnsafeBytes { try part.update($0) }
        let headers = Self.headers([
            ("x-amz-checksum-sha256", try part.finish().headerValue), ("x-amz-checksum-type", "COMPOSITE"),
            ("ETag", "\"0cc175b9c0f1b6a831c399e269772661-1\""), ("x-amz-server-side-encryption", "aws:kms"),
        ])
        #expect(try Self.verdict(headers) == .proven(.composite(.sha256, partSize: 8 << 20)))
    }

    @Test(arguments: [
        ("bytes 0-0/1", 0..<1 as Range<Int64>, 1 as Int64?), ("bytes 100-199/6024", 100..<200, 6024),
        ("BYTES 5-9/*", 5..<10, nil),
    ])
    func `a Content-Range is read`(text: String, range: Range<Int64>, total: Int64?) throws {
        let content = try #require(ContentRange(text))
        #expect(content.range == range)
        #expect(content.total == total)
    }

    @Test(arguments: [
        nil, "", "bytes", "bytes 5-4/10", "bytes 0-9/9", "bytes -5-9/10", "items 0-9/10", "bytes 0-9", "bytes a-b/c",
        "bytes 0-9223372036854775807/*",
    ])
    func `a wrong Content-Range is refused`(text: String?) {
        #expect(ContentRange(text) == nil)
    }
}
