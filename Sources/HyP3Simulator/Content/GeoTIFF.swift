/// Writes classic little-endian TIFF 6.0 with the GeoTIFF 1.0 keys of a UTM map (EPSG:32645 covers Nepal).
enum GeoTIFF {
    /// Where the raster lies: the upper left corner of its upper left pixel, in metres of the projection.
    struct Georeference: Sendable {
        var epsg: Int
        var easting: Double
        var northing: Double
        var pixelSize: Double
    }

    /// The file: a header that is the job's own, then the pixels that the scene shares.
    static func content(
        _ kind: RasterKind,
        size: Int,
        payload: RasterPayload,
        at place: Georeference,
        description: String
    ) -> Content {
        var file = Content(header(kind, size: size, counts: payload.counts, place: place, description: description))
        file.append(Content(payload.bytes))
        return file
    }

    /// Bytes of the header: the same for every job, so that sizes are known without making the file.
    static func headerSize(_ kind: RasterKind, size: Int) -> Int {
        let across = (size + RasterPayload.tileSize - 1) / RasterPayload.tileSize
        let blocks =
            kind.isTiled ? across * across : (size + RasterPayload.rowsPerStrip - 1) / RasterPayload.rowsPerStrip
        return (1_024 + blocks * 8 + 255) / 256 * 256
    }

    private enum Field {
        case short([Int])
        case long([Int])
        case double([Double])
        case ascii(String)

        var type: UInt16 {
            switch self {
            case .ascii: 2
            case .short: 3
            case .long: 4
            case .double: 12
            }
        }

        var count: Int {
            switch self {
            case .ascii(let text): text.utf8.count + 1
            case .short(let values), .long(let values): values.count
            case .double(let values): values.count
            }
        }

        var bytes: [UInt8] {
            var result: [UInt8] = []
            switch self {
            case .ascii(let text): result = Array(text.utf8) + [0]
            case .short(let values):
                for value in values { result.appendLittleEndian(UInt16(truncatingIfNeeded: value)) }
            case .long(let values):
                for value in values { result.appendLittleEndian(UInt32(truncatingIfNeeded: value)) }
            case .double(let values): for value in values { result.appendLittleEndian(value.bitPattern) }
            }
            return result
        }
    }

    private static func header(
        _ kind: RasterKind,
        size: Int,
        counts: [Int],
        place: Georeference,
        description: String
    ) -> [UInt8] {
        let headerSize = headerSize(kind, size: size)
        var offset = headerSize
        let offsets = counts.map { count in
            defer { offset += count }
            return offset
        }
        var fields: [(tag: UInt16, Field)] = [
            (256, .long([size])), (257, .long([size])),
            (258, .short(Array(repeating: kind.sample.size * 8, count: kind.bands))),
            (259, .short([kind.isCompressed ? 8 : 1])), (262, .short([kind == .rgb ? 2 : 1])),
            (270, .ascii(String(description.prefix(200)))),
            (277, .short([kind.bands])), (284, .short([1])), (305, .ascii("HyP3 simulator")),
            (339, .short(Array(repeating: sampleFormat(kind.sample), count: kind.bands))),
            (33_550, .double([place.pixelSize, place.pixelSize, 0])),
            (33_922, .double([0, 0, 0, place.easting, place.northing, 0])),
            // Projected model, pixel is area, the projection by its EPSG number.
            (34_735, .short([1, 1, 0, 3, 1_024, 0, 1, 1, 1_025, 0, 1, 1, 3_072, 0, 1, place.epsg])),
        ]
        if kind.isTiled {
            fields += [
                (322, .short([RasterPayload.tileSize])), (323, .short([RasterPayload.tileSize])),
                (324, .long(offsets)), (325, .long(counts)),
            ]
        } else {
            fields += [(273, .long(offsets)), (278, .short([RasterPayload.rowsPerStrip])), (279, .long(counts))]
        }
        if let noData = kind.noData { fields.append((42_113, .ascii(noData))) }
        fields.sort { $0.tag < $1.tag }
        return assemble(fields, headerSize: headerSize)
    }

    private static func sampleFormat(_ sample: RasterKind.Sample) -> Int {
        switch sample {
        case .byte: 1
        case .int16: 2
        case .float32: 3
        }
    }

    private static func assemble(_ fields: [(tag: UInt16, Field)], headerSize: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0]
        bytes.appendLittleEndian(UInt16(fields.count))
        var values: [UInt8] = []
        let valuesStart = 8 + 2 + fields.count * 12 + 4
        for (tag, field) in fields {
            bytes.appendLittleEndian(tag)
            bytes.appendLittleEndian(field.type)
            bytes.appendLittleEndian(UInt32(field.count))
            let value = field.bytes
            if value.count <= 4 {
                bytes += value + Array(repeating: 0, count: 4 - value.count)
            } else {
                bytes.appendLittleEndian(UInt32(valuesStart + values.count))
                values += value
                if values.count % 2 == 1 { values.append(0) }
            }
        }
        bytes += [0, 0, 0, 0]
        bytes += values
        if bytes.count < headerSize { bytes += Array(repeating: 0, count: headerSize - bytes.count) }
        return bytes
    }
}
