import CChecksums
import TestSupport
import Testing

@testable import Checksums

/// Our own MD5 against OpenSSL's.
struct BlockDigestTests {
    private static let sets: [checksums_md5_set] = [
        checksums_md5_scalar, checksums_md5_base, checksums_md5_avx2, checksums_md5_avx512,
    ].filter { $0.rawValue <= checksums_md5_best_set().rawValue }

    @Test func `every set of instructions continues any number of MD5s alike`() {
        var generator = SeededGenerator(seed: 12)
        for set in Self.sets {
            for count in 1...35 {
                let blocks = Int.random(in: 0...9, using: &generator)
                let messages = (0..<count).map { _ in generator.bytes(64 * blocks) }
                var expected: [[UInt32]] = []
                for message in messages {
                    var state = BlockDigest.start
                    checksums_md5_blocks(&state, message, blocks)
                    expected.append(state)
                }
                let states = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * count)
                defer { states.deallocate() }
                for index in 0..<count { (states + 4 * index).initialize(from: BlockDigest.start, count: 4) }
                let all = messages.flatMap { $0 }
                all.withUnsafeBufferPointer { bytes in
                    guard let base = bytes.baseAddress else { return }
                    checksums_md5_lane_blocks(
                        set,
                        count,
                        (0..<count).map { states + 4 * $0 },
                        (0..<count).map { base + 64 * blocks * $0 },
                        blocks
                    )
                }
                let found = (0..<count).map { lane in (0..<4).map { states[4 * lane + $0] } }
                #expect(found == expected, "\(set) with \(count) messages of \(blocks) blocks")
            }
        }
    }

    @Test func `messages of every short length, in pieces, have the digest OpenSSL gives`() throws {
        let digest = BlockDigest()
        let reference = try MessageDigest(.md5)
        var generator = SeededGenerator(seed: 13)
        for length in 0...400 {
            let bytes = generator.bytes(length)
            try forEachRandomPiece(of: bytes, upTo: 150, using: &generator) { piece in
                var work = BlockWork()
                digest.add(piece, to: &work)
                work.run()
                try reference.update(piece)
            }
            #expect(digest.finish() == (try reference.finish()), "length \(length)")
        }
    }

    @Test func `every set of this CPU passes its known answers, and one that errs is not used`() {
        for set in Self.sets { #expect(KnownAnswers.passes(set), "\(set)") }
        let best = checksums_md5_best_set()
        #expect(InstructionSets.current.md5 == best && InstructionSets.current.hasMD5)
        for broken in Self.sets where broken != checksums_md5_scalar {
            let chosen = InstructionSets(widest: best) { $0 != broken }
            #expect(chosen.md5 != broken && chosen.hasMD5)
            #expect(chosen.md5Lanes == checksums_md5_width(chosen.md5))
        }
        let none = InstructionSets(widest: best) { $0 != checksums_md5_scalar }
        #expect(!none.hasMD5 && none.md5 == checksums_md5_scalar && none.md5Lanes == 1)
    }

    @Test func `digests of any number continued together are those OpenSSL gives`() throws {
        var generator = SeededGenerator(seed: 14)
        for round in 0..<300 {
            let count = Int.random(in: 1...40, using: &generator)
            let digests = (0..<count).map { _ in BlockDigest() }
            let references = try digests.map { _ in try MessageDigest(.md5) }
            for _ in 0..<3 {
                // Equal lengths now and then, and bytes shared by two digests, as in a set.
                let even = round.isMultiple(of: 3) ? 640 : nil
                let chunks = (0..<count).map { _ in
                    generator.bytes(even ?? Int.random(in: 0...1_500, using: &generator))
                }
                let start = chunks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
                let all = chunks.flatMap { $0 }
                try all.withUnsafeBytes { bytes in
                    var work = BlockWork()
                    for index in 0..<count {
                        let from = round.isMultiple(of: 2) ? index & ~1 : index
                        let chunk = UnsafeRawBufferPointer(rebasing: bytes[start[from]..<start[from + 1]])
                        digests[index].add(chunk, to: &work)
                        try references[index].update(chunk)
                    }
                    work.run()
                }
            }
            for (digest, reference) in zip(digests, references) {
                #expect(digest.finish() == (try reference.finish()), "round \(round)")
            }
        }
    }
}

struct DigestBatchTests {
    @Test func `sets of a batch get the digests they get alone, from OpenSSL`() throws {
        var generator = SeededGenerator(seed: 15)
        for _ in 0..<30 {
            let kinds: Set<DigestSet.Kind> = [
                .whole(.md5), .whole(.sha256), .whole(.crc64nvme), .parted(.md5, .equal(20_000)),
                .parted(.sha256, .equal(1_000)), .parted(.md5, .lengths([1, 999, 30_000, 64])),
            ]
            let count = Int.random(in: 1...20, using: &generator)
            let together = try (0..<count).map { _ in try DigestSet(kinds) }
            // Where the CPU has nothing to offer.
            let alone = try (0..<count).map { _ in try DigestSet(kinds, with: .none) }
            for _ in 0..<4 {
                // With the same set more than once in one batch.
                let indices = (0..<Int.random(in: 0...25, using: &generator)).map { _ in
                    Int.random(in: 0..<count, using: &generator)
                }
                let chunks = indices.map { _ in generator.bytes(Int.random(in: 0...30_000, using: &generator)) }
                let start = chunks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
                try chunks.flatMap { $0 }.withUnsafeBytes { bytes in
                    let batch = indices.enumerated().map { position, index in
                        (
                            set: together[index],
                            bytes: UnsafeRawBufferPointer(rebasing: bytes[start[position]..<start[position + 1]])
                        )
                    }
                    try DigestSet.update(batch)
                }
                for (index, chunk) in zip(indices, chunks) { try alone[index].update(chunk.span.bytes) }
            }
            for (first, second) in zip(together, alone) { #expect(try first.finish() == second.finish()) }
        }
    }
}
