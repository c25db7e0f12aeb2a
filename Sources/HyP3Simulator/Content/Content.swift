/// The bytes of an object or of a response body: a rope of shared pieces, so that an object of many megabytes costs
/// a request no memory of its own.
package struct Content: Sendable {
    private enum Piece: Sendable {
        case bytes([UInt8], Range<Int>)
        case pattern(seed: UInt64, Range<Int>)

        var count: Int {
            switch self {
            case .bytes(_, let range), .pattern(_, let range): range.count
            }
        }

        func slice(_ part: Range<Int>) -> Piece {
            switch self {
            case .bytes(let bytes, let range):
                .bytes(bytes, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
            case .pattern(let seed, let range):
                .pattern(seed: seed, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
            }
        }
    }

    private var pieces: [Piece] = []

    /// Bytes in all.
    package private(set) var count = 0

    /// No bytes.
    package init() {}

    /// These bytes.
    package init(_ bytes: [UInt8]) {
        append(.bytes(bytes, 0..<bytes.count))
    }

    /// The UTF-8 of `text`.
    package init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// `count` bytes that look random, differ from block to block and from seed to seed, and cost no memory.
    package static func pattern(seed: UInt64, count: Int) -> Content {
        var content = Content()
        content.append(.pattern(seed: seed, 0..<max(0, count)))
        return content
    }

    private mutating func append(_ piece: Piece) {
        guard piece.count > 0 else { return }
        pieces.append(piece)
        count += piece.count
    }

    /// Adds all of `other` at the end, sharing its bytes.
    package mutating func append(_ other: Content) {
        pieces.append(contentsOf: other.pieces)
        count += other.count
    }

    /// The bytes of `range`, clamped to what is there, sharing storage.
    package func slice(_ range: Range<Int>) -> Content {
        var result = Content()
        var start = 0
        for piece in pieces {
            let part = range.clamped(to: start..<start + piece.count)
            if !part.isEmpty {
                result.append(piece.slice(part.lowerBound - start..<part.upperBound - start))
            }
            start += piece.count
        }
        return result
    }

    /// The same content with bit 0 of the byte at `offset` turned over; unchanged when `offset` lies outside.
    package func flippingBit(at offset: Int) -> Content {
        guard offset >= 0, offset < count else { return self }
        var result = slice(0..<offset)
        result.append(Content(slice(offset..<offset + 1).bytes.map { $0 ^ 1 }))
        result.append(slice(offset + 1..<count))
        return result
    }

    /// Hands out the bytes in order, in runs of at most 1 MiB; a run is valid only during its call.
    package func forEachRun<E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
        for piece in pieces {
            switch piece {
            case .bytes(let bytes, let range):
                try Self.run(bytes, range, body)
            case .pattern(let seed, let range):
                var position = range.lowerBound
                while position < range.upperBound {
                    let block = position / Self.block.count
                    let start = Int(mix(seed, UInt64(block)) % UInt64(Self.block.count)) + position % Self.block.count
                    let offset = start % Self.block.count
                    let end = min((block + 1) * Self.block.count, range.upperBound)
                    let length = min(end - position, Self.block.count - offset)
                    try Self.run(Self.block, offset..<offset + length, body)
                    position += length
                }
            }
        }
    }

    private static func run<E: Error>(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        var failure: E?
        bytes.withUnsafeBytes { all in
            var start = range.lowerBound
            while start < range.upperBound, failure == nil {
                let end = min(range.upperBound, start + 1 << 20)
                do throws(E) {
                    try body(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                } catch {
                    failure = error
                }
                start = end
            }
        }
        if let failure { throw failure }
    }

    /// All bytes, copied into one array.
    package var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        forEachRun { (run) throws(Never) in result.append(contentsOf: run) }
        return result
    }

    private static let block: [UInt8] = {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 << 20)
        for index in 0..<UInt64(1 << 17) {
            withUnsafeBytes(of: mix(0x4879_5033, index)) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }()
}

/// A well-mixed 64-bit value of two inputs (the finaliser of SplitMix64): every choice of the simulator that looks
/// random is `mix(seed, what it is about)`, so that equal seeds give equal services.
package func mix(_ seed: UInt64, _ value: UInt64) -> UInt64 {
    var z = seed &+ value &* 0x9E37_79B9_7F4A_7C15 &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}
