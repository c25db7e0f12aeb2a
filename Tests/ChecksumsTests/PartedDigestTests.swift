import Checksums
import TestSupport
import Testing

struct PartedDigestTests {
    /// Made with Python's hashlib of `bytes(i % 251 for i in range(n))`.
    static let etags: [(Int, Int64, String)] = [
        (0, 8 << 20, "59adb24ef3cdbe0297f05b395827453f-1"),
        (1, 8 << 20, "7e4696ef25d5faececd853ce5e2a233b-1"),
        ((8 << 20) - 1, 8 << 20, "73257af479153e674253a5b4105cb323-1"),
        (8 << 20, 8 << 20, "e039da9ee1fa336ed66c53824ac058a7-1"),
        ((8 << 20) + 1, 8 << 20, "207d5ad937887dd79678eed060f706be-2"),
        (20 << 20, 8 << 20, "0e7f77975c09731444156f23125696f6-3"),
        (20 << 20, 5 << 20, "400d4ca0d30a4dd036b14f8dda2dac11-4"),
    ]

    private static func pattern(_ count: Int) -> [UInt8] {
        let block = (0..<251).map { UInt8($0) }
        var bytes = [UInt8]()
        while bytes.count < count { bytes += block }
        return Array(bytes.prefix(count))
    }

    @Test(arguments: etags)
    func `the multipart ETag is that of S3`(count: Int, partSize: Int64, etag: String) throws {
        let stream = try PartedDigest(.md5, .equal(partSize))
        let bytes = Self.pattern(count)
        var generator = SeededGenerator(seed: 7)
        try forEachRandomPiece(of: bytes, upTo: 3 << 20, using: &generator) { try stream.update($0) }
        #expect(try stream.finish().etag == etag)
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func `parts digested on their own, in any order, assemble to the same`(algorithm: DigestAlgorithm) throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<40 {
            let bytes = generator.bytes(Int.random(in: 1...10_000, using: &generator))
            let size = Int.random(in: 1...3_000, using: &generator)
            let inOrder = try PartedDigest(algorithm, .equal(Int64(size)))
            try forEachRandomPiece(of: bytes, upTo: 4_000, using: &generator) { try inOrder.update($0) }

            let starts = Array(stride(from: 0, to: bytes.count, by: size))
            var parts: [Int: Digest] = [:]
            for start in starts.shuffled(using: &generator) {
                parts[start] = try Digest(algorithm, of: Array(bytes[start..<min(bytes.count, start + size)]))
            }
            let assembled = try CompositeDigest(algorithm, parts: starts.compactMap { parts[$0] })
            #expect(try inOrder.finish() == assembled)
            #expect(assembled?.parts == starts.count)
        }
    }

    @Test func `the headers of a composite end in the number of parts`() throws {
        let parts = try [Digest(.crc32, of: Array("a".utf8)), Digest(.crc32, of: Array("b".utf8))]
        let composite = try #require(try CompositeDigest(.crc32, parts: parts))
        // zlib.crc32 of the two big-endian CRCs, by Python.
        #expect(composite.headerValue == "7pJxdw==-2")
    }

    @Test func `no parts and parts of another algorithm assemble to nothing`() throws {
        #expect(try CompositeDigest(.md5, parts: []) == nil)
        #expect(try CompositeDigest(.md5, parts: [Digest(.sha1, of: [1])]) == nil)
    }

    @Test func `a set computes everything asked for in one pass`() throws {
        var generator = SeededGenerator(seed: 9)
        let bytes = generator.bytes(300_000)
        var kinds = Set(DigestAlgorithm.allCases.map { DigestSet.Kind.whole($0) })
        kinds.insert(.parted(.md5, .equal(70_000)))
        kinds.insert(.parted(.md5, .equal(100_000)))
        kinds.insert(.parted(.sha256, .equal(70_000)))
        let set = try DigestSet(kinds)
        for _ in 0..<2 {
            try forEachRandomPiece(of: bytes, upTo: 90_000, using: &generator) { try set.update($0) }
            let results = try set.finish()
            #expect(results.byteCount == 300_000)
            for algorithm in DigestAlgorithm.allCases {
                #expect(try results.whole(algorithm) == Digest(algorithm, of: bytes))
            }
            #expect(results.parted(.md5, .equal(70_000))?.parts == 5)
            #expect(results.parted(.md5, .equal(100_000))?.parts == 3)
            #expect(results.parted(.sha256, .equal(70_000))?.parts == 5)
            #expect(results.parted(.sha1, .equal(70_000)) == nil)
        }
    }

    @Test func `parts of given lengths are digested one by one, and the last takes what is left`() throws {
        var generator = SeededGenerator(seed: 10)
        let bytes = generator.bytes(100_000)
        for lengths: [Int64] in [[50_000, 70_000 - 20_000], [1, 64, 99_935], [100_000], [300, 0, 99_700], []] {
            let stream = try PartedDigest(.md5, .lengths(lengths))
            for _ in 0..<2 {
                try forEachRandomPiece(of: bytes, upTo: 9_000, using: &generator) { try stream.update($0) }
                var start = 0
                var parts: [Digest] = []
                for length in lengths.map({ max(1, Int($0)) }).dropLast() {
                    parts.append(try Digest(.md5, of: Array(bytes[start..<start + length])))
                    start += length
                }
                parts.append(try Digest(.md5, of: Array(bytes[start...])))
                #expect(try stream.finish() == CompositeDigest(.md5, parts: parts), "\(lengths)")
            }
        }
    }
}
