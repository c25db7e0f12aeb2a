import Checksums
import TestSupport

extension SeededGenerator {
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
