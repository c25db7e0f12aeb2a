import Checksums
import Testing

struct PartSizeTests {
    private static let MiB: Int64 = 1 << 20

    /// Total, parts, and the first sizes to be tried.
    static let candidates: [(Int64, Int, [Int64])] = [
        (8 * MiB, 1, [8 * MiB]),
        (0, 1, [8 * MiB]),
        (9 * MiB, 1, [16 * MiB]),
        (5_000 * MiB, 1, [5_000 * MiB]),
        (8 * MiB + 1, 2, [8 * MiB, 5 * MiB]),
        (16 * MiB, 2, [8 * MiB, 15 * MiB, 10 * MiB]),
        (20 * MiB, 4, [5 * MiB]),
        (256 * MiB, 32, [8 * MiB]),
        (256 * MiB, 16, [16 * MiB]),
        (256 * MiB, 3, [100 * MiB]),
        (70 * MiB, 10, [7 * MiB]),
        (40_000_000, 3, [16 * MiB, 17_179_870]),
        (100_000 * MiB, 6_250, [16 * MiB]),
    ]

    @Test(arguments: candidates)
    func `the sizes seen in practice come first`(total: Int64, parts: Int, first: [Int64]) {
        let sizes = PartSize.candidates(total: total, parts: parts)
        #expect(Array(sizes.prefix(first.count)) == first)
    }

    @Test(arguments: [
        (16 * MiB, 3), (100 * MiB, 2), (100 * MiB, 7), (12 * MiB + 5, 2), (300 * MiB - 1, 9), (48 * MiB, 5),
    ])
    func `every whole number of MiB that gives so many parts is tried`(total: Int64, parts: Int) {
        let sizes = PartSize.candidates(total: total, parts: parts)
        let all = (1...total / Self.MiB).map { $0 * Self.MiB }.filter {
            PartSize.parts(of: total, size: $0) == Int64(parts)
        }
        #expect(!all.isEmpty)
        #expect(Set(all).isSubset(of: sizes))
        // As tools do that divide to the byte.
        #expect(sizes.contains((total - 1) / Int64(parts) + 1))
    }

    static let totals: [Int64] = [
        0, 1, 2, 10, 1 << 20, 5_000_000_000, 1 << 40, 1 << 50, 1 << 62, .max - 1, .max,
    ]

    @Test(arguments: totals, [Int?.none, -1, 0, 1, 2, 3, 1_000, 9_999, 10_000, .max])
    func `no total and no number of parts makes it trap or try without end`(total: Int64, parts: Int?) {
        let sizes = PartSize.candidates(total: total, parts: parts)
        #expect(sizes.count <= PartSize.mostCandidates(total: total))
        #expect(Set(sizes).count == sizes.count)
        #expect(sizes.allSatisfy { $0 > 0 || total == 0 })
        if let parts {
            #expect(sizes.allSatisfy { PartSize.parts(of: total, size: $0) == Int64(parts) })
        }
    }

    @Test func `what cannot be cut so has no sizes`() {
        #expect(PartSize.candidates(total: 10, parts: 11) == [])
        #expect(PartSize.candidates(total: -1, parts: 1) == [])
        #expect(PartSize.candidates(total: -5, parts: nil) == [])
        #expect(PartSize.candidates(total: 7, parts: 5) == [])
    }

    @Test func `without a number of parts the usual sizes are tried, and one part only once`() {
        let sizes = PartSize.candidates(total: 12 * Self.MiB, parts: nil)
        #expect(sizes.first == 8 * Self.MiB)
        #expect(sizes.contains(5 * Self.MiB))
        #expect(sizes.count { $0 >= 12 * Self.MiB } == 1)
    }

    @Test func `the work is bounded whatever the object`() {
        #expect(PartSize.mostCandidates(total: 1 << 20) == 64)
        #expect(PartSize.mostCandidates(total: 4 << 30) == 16)
        #expect(PartSize.mostCandidates(total: .max) == 8)
    }
}
