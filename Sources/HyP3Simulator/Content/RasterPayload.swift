import CZlib
import Synchronization

/// The pixel bytes of one raster of one scene, cut into strips or tiles, shared by every job that shows the scene.
struct RasterPayload: Sendable {
    let bytes: [UInt8]
    /// Byte counts of the strips or tiles, which follow one another.
    let counts: [Int]

    static let tileSize = 64
    static let rowsPerStrip = 16

    /// Bytes of a raw payload, known without making it; nil for a compressed one.
    static func rawSize(_ kind: RasterKind, size: Int) -> Int? {
        guard !kind.isCompressed else { return nil }
        let edge = kind.isTiled ? (size + tileSize - 1) / tileSize * tileSize : size
        return edge * edge * kind.sample.size * kind.bands
    }

    init(_ kind: RasterKind, _ terrain: Terrain) {
        var bytes: [UInt8] = []
        var counts: [Int] = []
        for block in Self.blocks(kind, size: terrain.size) {
            let raw = Self.pixels(kind, terrain, block)
            let stored = kind.isCompressed ? zlibCompressed(raw) : raw
            bytes += stored
            counts.append(stored.count)
        }
        self.bytes = bytes
        self.counts = counts
    }

    private struct Block {
        var rows: Range<Int>
        var columns: Range<Int>
    }

    private static func blocks(_ kind: RasterKind, size: Int) -> [Block] {
        if kind.isTiled {
            return stride(from: 0, to: size, by: tileSize).flatMap { row in
                stride(from: 0, to: size, by: tileSize).map { column in
                    Block(rows: row..<row + tileSize, columns: column..<column + tileSize)
                }
            }
        }
        return stride(from: 0, to: size, by: rowsPerStrip).map { row in
            Block(rows: row..<min(size, row + rowsPerStrip), columns: 0..<size)
        }
    }

    private static func pixels(_ kind: RasterKind, _ terrain: Terrain, _ block: Block) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(block.rows.count * block.columns.count * kind.sample.size * kind.bands)
        for row in block.rows {
            for column in block.columns {
                // A tile at the edge reaches beyond the image; what lies there is padding.
                let isInside = row < terrain.size && column < terrain.size
                for band in 0..<kind.bands {
                    let value = isInside ? kind.value(terrain, row * terrain.size + column, band: band) : 0
                    switch kind.sample {
                    case .byte: bytes.append(UInt8(max(0, min(255, value))))
                    case .int16: bytes.appendLittleEndian(UInt16(bitPattern: Int16(max(-32_000, min(32_000, value)))))
                    case .float32: bytes.appendLittleEndian(value.bitPattern)
                    }
                }
            }
        }
        return bytes
    }
}

/// The payloads made so far.
final class RasterPayloads: Sendable {
    private struct Key: Hashable {
        var kind: RasterKind
        var size: Int
        var scene: Int
    }

    private let payloads = Mutex<[Key: RasterPayload]>([:])
    private let terrains = Mutex<[Key: Terrain]>([:])

    /// How many scenes there are at that size: fewer of the large ones, since all are kept.
    static func scenes(size: Int) -> Int {
        max(1, min(8, (1 << 21) / max(1, size * size)))
    }

    func payload(_ kind: RasterKind, size: Int, scene: Int) -> RasterPayload {
        let key = Key(kind: kind, size: size, scene: scene)
        if let known = payloads.withLock({ $0[key] }) { return known }
        let payload = RasterPayload(kind, terrain(size: size, scene: scene))
        return payloads.withLock { payloads in
            payloads[key] = payloads[key] ?? payload
            return payloads[key] ?? payload
        }
    }

    private func terrain(size: Int, scene: Int) -> Terrain {
        let key = Key(kind: .dem, size: size, scene: scene)
        return terrains.withLock { terrains in
            if let known = terrains[key] { return known }
            let terrain = Terrain(size: size, scene: scene)
            // The rasters of a scene are asked for together; only the last few scenes are worth their memory.
            if terrains.count >= 4 { terrains.removeAll() }
            terrains[key] = terrain
            return terrain
        }
    }
}

/// `raw` as a zlib stream.
func zlibCompressed(_ raw: [UInt8]) -> [UInt8] {
    var size = compressBound(uLong(raw.count))
    var result = [UInt8](repeating: 0, count: Int(size))
    _ = compress2(&result, &size, raw, uLong(raw.count), 6)
    return Array(result.prefix(Int(size)))
}

extension [UInt8] {
    mutating func appendLittleEndian<I: FixedWidthInteger>(_ value: I) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func appendBigEndian<I: FixedWidthInteger>(_ value: I) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
