/// Whether a file is whole, judged by its own format: that what its tables speak of lies inside it.
///
/// It finds what a right digest cannot: a product that was damaged before its upload, or an error page that was stored
/// under a product's name.
package enum FileStructure {
    /// A format that is checked.
    package enum Format: String, Sendable, Hashable {
        case tiff = "GeoTIFF"
        case zip = "zip archive"
        case netCDF = "netCDF file"
        case hdf5 = "HDF5 file"
        case png = "PNG image"
        case json = "JSON document"
        case parquet = "Parquet file"
    }

    /// What the check found.
    package enum Verdict: Sendable, Hashable {
        /// Everything the format lets us check is right. `remark` tells what it did not let us check.
        case sound(Format, remark: String?)
        /// One clause for people: what is wrong and where, in bytes from the start of the file.
        case damaged(String)
        /// Neither name nor content is of a format that is checked.
        case unchecked
    }

    /// Checks an open file. Blocks on reads of it and may read all of it; needs less than 1 MiB of memory whatever it holds.
    ///
    /// - Parameters:
    ///   - descriptor: open for reading, read with `pread` only.
    ///   - length: bytes of the file.
    ///   - name: the file's name or path; its ending, of any case, says the format. HDF5 is known by its content where the
    ///     ending says nothing.
    ///   - isCancelled: asked again and again, at least once for every 512 KiB read and every 8,192 table entries.
    /// - Throws: `ChecksumError` with `read` where the file cannot be read or is shorter than `length`, `cancelled`, or
    ///   `algorithm` where zlib has no memory.
    package static func check(
        descriptor: CInt,
        length: Int64,
        name: String,
        isCancelled: @escaping () -> Bool = { false }
    ) throws(ChecksumError) -> Verdict {
        let named = Format(ending: name)
        if length <= 0 { return named == nil ? .unchecked : .damaged("the file is empty") }
        var file = StructuredFile(descriptor: descriptor, length: UInt64(length), isCancelled: isCancelled)
        let recognised = named == nil ? try Self.recognised(&file) : named
        guard let format = recognised else { return .unchecked }
        do {
            var remark: String?
            switch format {
            case .tiff: try TIFFCheck.run(&file)
            case .zip: remark = try ZipCheck.run(&file)
            case .netCDF: remark = try NetCDFCheck.run(&file)
            case .hdf5: try HDF5Check.run(&file)
            case .png: try PNGCheck.run(&file)
            case .json: try JSONCheck.run(&file)
            case .parquet: try ParquetCheck.run(&file)
            }
            return .sound(format, remark: remark)
        } catch {
            switch error {
            case .damage(let reason): return .damaged(try errorPage(&file, insteadOf: format) ?? reason)
            case .failure(let error): throw error
            }
        }
    }

    /// The format that the content alone makes certain.
    private static func recognised(_ file: inout StructuredFile) throws(ChecksumError) -> Format? {
        do {
            return try HDF5Check.superblock(&file) == nil ? nil : .hdf5
        } catch {
            switch error {
            case .damage: return nil
            case .failure(let error): throw error
            }
        }
    }

    /// Whether the start of the file is that of a page or an error message of a server.
    private static func errorPage(
        _ file: inout StructuredFile,
        insteadOf format: Format
    ) throws(ChecksumError) -> String? {
        let bytes: [UInt8]
        do {
            bytes = try file.bytes(at: 0, count: Int(min(file.length, 512)))
        } catch {
            switch error {
            case .damage: return nil
            case .failure(let error): throw error
            }
        }
        // White space and a byte order mark may stand in front.
        let visible = bytes.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
        guard visible.first == UInt8(ascii: "<") else { return nil }
        let start = String(decoding: visible, as: UTF8.self).lowercased()
        if start.contains("<error>") { return "it is an S3 error message, not a \(format.rawValue)" }
        if start.contains("<html") || start.contains("<!doctype html") {
            return "it is an HTML page, not a \(format.rawValue)"
        }
        return "it is an XML or HTML document, not a \(format.rawValue)"
    }
}

extension FileStructure.Format {
    /// The format a name's ending stands for; nil where it is of none that is checked.
    package init?(ending name: String) {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "tif", "tiff": self = .tiff
        case "zip", "kmz": self = .zip
        case "nc", "nc4": self = .netCDF
        case "h5", "hdf5", "he5": self = .hdf5
        case "png": self = .png
        case "json", "geojson": self = .json
        case "parquet": self = .parquet
        default: return nil
        }
    }
}
