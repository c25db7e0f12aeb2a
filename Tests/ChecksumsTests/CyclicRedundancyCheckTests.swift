import TestSupport
import Testing

@testable import Checksums

struct CyclicRedundancyCheckTests {
    static let checks: [DigestAlgorithm] = [.crc32, .crc32c, .crc64nvme]

    /// Bit by bit, straight from the definition.
    private func reference(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> UInt64 {
        let (polynomial, mask): (UInt64, UInt64) =
            switch algorithm {
            case .crc32: (0xEDB8_8320, 0xFFFF_FFFF)
            case .crc32c: (0x82F6_3B78, 0xFFFF_FFFF)
            default: (0x9A6C_9329_AC4B_C9B5, .max)
            }
        var state = mask
        for byte in bytes {
            state ^= UInt64(byte)
            for _ in 0..<8 { state = (state >> 1) ^ (state & 1 == 1 ? polynomial : 0) }
        }
        return state ^ mask
    }

    @Test(arguments: checks)
    func `tables and folding agree with the definition at every length and alignment`(
        algorithm: DigestAlgorithm
    ) throws {
        let check = try #require(CyclicRedundancyCheck.named(algorithm))
        var generator = SeededGenerator(seed: 4)
        let bytes = generator.bytes(700)
        for length in 0...600 {
            let start = Int.random(in: 0...64, using: &generator)
            let piece = Array(bytes[start..<(start + length)])
            let expected = self.reference(algorithm, piece)
            bytes.withUnsafeBytes { all in
                let unaligned = UnsafeRawBufferPointer(rebasing: all[start..<(start + length)])
                #expect(check.update(0, unaligned) == expected, "length \(length)")
                #expect(check.updatePortably(0, unaligned) == expected, "length \(length)")
            }
        }
    }

    @Test(arguments: checks)
    func `going on from any value is the same by tables and by folding`(algorithm: DigestAlgorithm) throws {
        let check = try #require(CyclicRedundancyCheck.named(algorithm))
        var generator = SeededGenerator(seed: 5)
        let widest = UInt64.max >> UInt64(64 - 8 * algorithm.byteCount)
        for _ in 0..<500 {
            let bytes = generator.bytes(Int.random(in: 0...2_000, using: &generator))
            let value = UInt64.random(in: 0...widest, using: &generator)
            bytes.withUnsafeBytes { #expect(check.update(value, $0) == check.updatePortably(value, $0)) }
        }
    }

    @Test(arguments: checks)
    func `the CRCs of two halves combine to that of the whole`(algorithm: DigestAlgorithm) throws {
        var generator = SeededGenerator(seed: 6)
        for round in 0..<200 {
            let a = generator.bytes(Int.random(in: 0...3_000, using: &generator))
            let b = generator.bytes(round == 0 ? 0 : Int.random(in: 0...3_000, using: &generator))
            let combined = try Digest(algorithm, of: a).combined(
                with: Digest(algorithm, of: b),
                ofLength: Int64(b.count)
            )
            #expect(try combined == Digest(algorithm, of: a + b))
        }
    }

    @Test func `a length of terabytes combines as its pieces do`() throws {
        for algorithm in Self.checks {
            let check = try #require(CyclicRedundancyCheck.named(algorithm))
            let length = (UInt64(5) << 40) + 12_345
            // zeros(n) is the CRC of n zero bytes, built by doubling.
            var zeros = try Digest(algorithm, of: [0]).crcValue ?? 0
            var total = zeros
            var done: UInt64 = 1
            var power: UInt64 = 1
            var remaining = length - 1
            while remaining > 0 {
                if remaining & 1 == 1 {
                    total = check.combine(total, zeros, lengthOfB: power)
                    done += power
                }
                zeros = check.combine(zeros, zeros, lengthOfB: power)
                power *= 2
                remaining >>= 1
            }
            #expect(done == length)
            // Adding `length` zeros to "a" in one step or in two.
            let a: UInt64 = try #require(Digest(algorithm, of: Array("a".utf8)).crcValue)
            let half = try #require(Digest(algorithm, of: [0]).crcValue)
            let twoSteps = check.combine(
                check.combine(a, total, lengthOfB: length),
                half,
                lengthOfB: 1
            )
            let oneStep = check.combine(a, check.combine(total, half, lengthOfB: 1), lengthOfB: length + 1)
            #expect(twoSteps == oneStep)
        }
    }

    @Test func `only CRCs of one kind combine`() throws {
        let crc32 = try Digest(.crc32, of: [1])
        #expect(try crc32.combined(with: Digest(.crc32c, of: [2]), ofLength: 1) == nil)
        #expect(try Digest(.md5, of: [1]).combined(with: Digest(.md5, of: [2]), ofLength: 1) == nil)
        #expect(crc32.combined(with: crc32, ofLength: -1) == nil)
    }
}
