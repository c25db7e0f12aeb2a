import Checksums
import TestSupport
import Testing

struct StreamDigestTests {
    static let vectors: [(DigestAlgorithm, String, String)] = [
        (.md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
        (.md5, "123456789", "25f9e794323b453885f5181f1b624d0b"),
        (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (.crc32, "", "00000000"),
        (.crc32, "123456789", "cbf43926"),
        (.crc32c, "", "00000000"),
        (.crc32c, "123456789", "e3069283"),
        (.crc64nvme, "", "0000000000000000"),
        (.crc64nvme, "123456789", "ae8b14860a799888"),
    ]

    @Test(arguments: vectors)
    func `the published vectors come out`(algorithm: DigestAlgorithm, text: String, hex: String) throws {
        #expect(try Digest(algorithm, of: Array(text.utf8)).hex == hex)
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func `pieces of any length give the digest of the whole`(algorithm: DigestAlgorithm) throws {
        var generator = SeededGenerator(seed: 1)
        let stream = try StreamDigest(algorithm)
        for _ in 0..<60 {
            let bytes = generator.bytes(Int.random(in: 0...20_000, using: &generator))
            try forEachRandomPiece(of: bytes, upTo: 3_000, using: &generator) { try stream.update($0) }
            // The same stream serves again and again.
            #expect(try stream.finish() == Digest(algorithm, of: bytes))
        }
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func `a raw span counts as its bytes`(algorithm: DigestAlgorithm) throws {
        let bytes = Array("a raw span".utf8)
        let stream = try StreamDigest(algorithm)
        try stream.update(bytes.span.bytes)
        #expect(try stream.finish() == Digest(algorithm, of: bytes))
    }

    @Test(arguments: [(DigestAlgorithm.md5, "md5sum"), (.sha1, "sha1sum"), (.sha256, "sha256sum")])
    func `coreutils agree`(algorithm: DigestAlgorithm, program: String) async throws {
        var generator = SeededGenerator(seed: 2)
        let bytes = generator.bytes(1_000_003)
        let hex = try Digest(algorithm, of: bytes).hex
        try await withFile(bytes) { path in
            let line = try await run(program, [path])
            #expect(line.hasPrefix(hex + " "))
        }
    }

    @Test func `hexadecimal and base64 go both ways`() throws {
        var generator = SeededGenerator(seed: 3)
        for algorithm in DigestAlgorithm.allCases {
            let digest = try #require(Digest(algorithm, bytes: generator.bytes(algorithm.byteCount)))
            #expect(Digest(algorithm, hex: digest.hex) == digest)
            #expect(Digest(algorithm, hex: digest.hex.uppercased()) == digest)
            #expect(Digest(algorithm, base64: digest.base64) == digest)
        }
    }

    @Test(arguments: ["", "cbf4392", "cbf439261", "cbf4392g", "0xcbf439", " cbf4392", "cbf43926cbf43926", "ｃbf43926"])
    func `what is not eight hexadecimal digits is no CRC`(text: String) {
        #expect(Digest(.crc32, hex: text) == nil)
    }

    @Test(arguments: ["", "y/Q5Jg", "y/Q5Jg=", "y/Q5Jg== ", "y_Q5Jg==", "y/Q5JgA=", "====", "y/Q5Jg==-3"])
    func `what is not base64 of four bytes is no CRC`(text: String) {
        #expect(Digest(.crc32, base64: text) == nil)
    }
}
