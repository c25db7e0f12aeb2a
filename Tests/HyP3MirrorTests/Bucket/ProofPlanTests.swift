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
        let part = try PartedDigest(.md5, .equal(8 << 20))
        try Self.bytes.withUnsafeBytes { try part.update($0) }
        let headers = Self.headers([("ETag", "\"\(try part.finish().etag)\"")])
        #expect(try Self.verdict(headers) == .proven(.multipartETag(.equal(8 << 20))))
    }

    @Test func `a multipart ETag of one part contradicts other bytes, and of several it leaves sizes to try`() throws {
        let part = try PartedDigest(.md5, .equal(8 << 20))
        try Self.bytes.withUnsafeBytes { try part.update($0) }
        let one = Self.headers([("ETag", "\"\(try part.finish().etag)\"")])
        guard case .contradicted = try Self.verdict(one, Self.bytes.reversed()) else {
            Issue.record("one part has one digest")
            return
        }
        let two = Self.headers([("ETag", "\"0cc175b9c0f1b6a831c399e269772661-2\"")])
        guard case .otherPartSizes = try Self.verdict(two) else {
            Issue.record("parts of any size may be meant")
            return
        }
    }

    @Test func `a composite checksum without its number of parts is tried with every usual size`() throws {
        let headers = Self.headers([
            ("x-amz-checksum-crc32", try Self.digest(.crc32).base64), ("x-amz-checksum-type", "COMPOSITE"),
        ])
        let plan = ProofPlan(ServiceEvidence(headers), total: 40 << 20)
        guard case .parts(_, nil, let sizes, false) = plan.rung else {
            Issue.record("\(plan.rung)")
            return
        }
        #expect(sizes.starts(with: [8 << 20, 5 << 20, 16 << 20]))
    }

    @Test func `where MD5 is forbidden another digest of the service stands in, and alone it is planned all the same`()
        throws
    {
        let tag = ("ETag", "\"\(try Self.digest(.md5).hex)\"")
        let composite = [("x-amz-checksum-sha256", try Self.digest(.sha256).base64 + "-1"), tag]
        let evidence = ServiceEvidence(Self.headers(composite))
        #expect(ProofPlan(evidence, total: 100).rung == .md5(try Self.digest(.md5)))
        let plan = ProofPlan(evidence, total: 100) { $0 != .md5 }
        guard case .parts(let digest, 1, _, false) = plan.rung else {
            Issue.record("\(plan.rung)")
            return
        }
        #expect(digest.algorithm == .sha256)
        let alone = ProofPlan(ServiceEvidence(Self.headers([tag])), total: 100) { $0 != .md5 }
        #expect(alone.rung == .md5(try Self.digest(.md5)))
    }

    @Test(arguments: [Int64(-1), 0, 1, 1 << 50, 1 << 62, .max])
    func `an absurd length is planned without a trap`(total: Int64) {
        for tag in ["-1", "-2", "-10000"] {
            let headers = Self.headers([("ETag", "\"0cc175b9c0f1b6a831c399e269772661\(tag)\"")])
            #expect(ProofPlan(ServiceEvidence(headers), total: total).kinds.count <= 2)
        }
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
        let part = try PartedDigest(.sha256, .equal(8 << 20))
        try Self.bytes.withUnsafeBytes { try part.update($0) }
        let headers = Self.headers([
            ("x-amz-checksum-sha256", try part.finish().headerValue), ("x-amz-checksum-type", "COMPOSITE"),
            ("ETag", "\"0cc175b9c0f1b6a831c399e269772661-1\""), ("x-amz-server-side-encryption", "aws:kms"),
        ])
        #expect(try Self.verdict(headers) == .proven(.composite(.sha256, .equal(8 << 20))))
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
