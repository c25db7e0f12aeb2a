import Checksums

/// Seeded, so that a failing round can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    // SplitMix64.
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: self.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

extension Digest {
    init(_ algorithm: DigestAlgorithm, of bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { try Digest(algorithm, of: $0) }
    }
}

/// Calls `body` with the bytes in pieces of random length, some of them empty.
func forEachRandomPiece(
    of bytes: [UInt8],
    upTo longest: Int,
    using generator: inout SeededGenerator,
    _ body: (UnsafeRawBufferPointer) throws -> Void
) rethrows {
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 0...longest, using: &generator))
        try bytes[start..<end].withUnsafeBytes(body)
        start = end
    }
}
