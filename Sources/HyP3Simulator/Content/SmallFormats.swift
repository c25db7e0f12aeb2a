/// Small valid files of the other formats a job leaves beside its rasters.
enum SmallFormats {
    /// A grey PNG of 16 × 16 pixels whose grey is `shade`.
    static func png(shade: UInt8) -> Content {
        var header: [UInt8] = []
        header.appendBigEndian(UInt32(16))
        header.appendBigEndian(UInt32(16))
        header += [8, 0, 0, 0, 0]
        let rows = (0..<16).flatMap { row in [UInt8(0)] + (0..<16).map { column in shade ^ UInt8(row * 16 + column) } }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        for (type, data) in [("IHDR", header), ("IDAT", zlibCompressed(rows)), ("IEND", [])] {
            file.appendBigEndian(UInt32(data.count))
            let body = Array(type.utf8) + data
            file += body
            file.appendBigEndian(crc32(Content(body)))
        }
        return Content(file)
    }

    /// A KMZ (a zip with one KML document).
    static func kmz(name: String) -> Content {
        var archive = ZipArchive()
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>\(name)</name></Document></kml>

            """
        archive.deflate("doc.kml", Array(text.utf8))
        return archive.finished()
    }

    /// The bytes of `netCDF(size:seed:)`.
    static func netCDFSize(size: Int) -> Int {
        96 + size * size * 4
    }

    /// A NetCDF classic (CDF-1) file with one float variable `v` over dimensions `y` and `x`.
    static func netCDF(size: Int, seed: UInt64) -> Content {
        var file: [UInt8] = Array("CDF".utf8) + [1]
        func word(_ value: Int) { file.appendBigEndian(UInt32(truncatingIfNeeded: value)) }
        func name(_ text: String) {
            word(text.utf8.count)
            file += Array(text.utf8) + Array(repeating: 0, count: (4 - text.utf8.count % 4) % 4)
        }
        word(0)
        // NC_DIMENSION with two entries, no global attributes, NC_VARIABLE with one entry.
        word(10)
        word(2)
        name("y")
        word(size)
        name("x")
        word(size)
        word(0)
        word(0)
        word(11)
        word(1)
        name("v")
        word(2)
        word(0)
        word(1)
        word(0)
        word(0)
        // NC_FLOAT, the size of the variable, and where it begins.
        word(5)
        word(size * size * 4)
        word(file.count + 4)
        var content = Content(file)
        var values: [UInt8] = []
        values.reserveCapacity(size * size * 4)
        for index in 0..<UInt64(size * size) {
            values.appendBigEndian((Float(mix(seed, index) >> 44) / 1_000).bitPattern)
        }
        content.append(Content(values))
        return content
    }
}
