/// netCDF: either HDF5 (netCDF-4), whose superblock says where the file ends, or the classic format, of which only the
/// beginning is checked.
enum NetCDFCheck {
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// - Returns: a remark for the classic format.
    static func run(_ file: inout StructuredFile) throws(StructureFault) -> String? {
        // HDF5 lets a user's block stand in front: the superblock begins at 0, 512, 1024, 2048, …
        var place: UInt64 = 0
        while place + 8 <= file.length {
            if try file.bytes(at: place, count: 8) == Self.signature {
                try Self.checkSuperblock(&file, at: place)
                return nil
            }
            place = place == 0 ? 512 : place * 2
        }
        guard file.length >= 4, try file.bytes(at: 0, count: 3) == Array("CDF".utf8),
            [1, 2, 5].contains(try file.bytes(at: 3, count: 1)[0])
        else { throw .damage("it begins neither as HDF5 nor as classic netCDF") }
        // Magic, number of records and three empty lists.
        guard file.length >= 32 else { throw .damage("\(file.length) bytes are too few for a netCDF header") }
        return "of a classic netCDF file only the beginning is checked"
    }

    /// HDF5 File Format Specification, section II.A.
    private static func checkSuperblock(
        _ file: inout StructuredFile,
        at place: UInt64
    ) throws(StructureFault) {
        try file.require(16, at: place, "the HDF5 superblock")
        let start = try file.bytes(at: place, count: 16)
        let version = start[8]
        let addressWidth: Int
        let addresses: UInt64
        switch version {
        case 0: (addressWidth, addresses) = (Int(start[13]), 24)
        case 1: (addressWidth, addresses) = (Int(start[13]), 28)
        case 2, 3: (addressWidth, addresses) = (Int(start[9]), 12)
        default: throw .damage("its HDF5 superblock is of the unknown version \(version)")
        }
        guard [2, 4, 8].contains(addressWidth) else {
            throw .damage("its HDF5 superblock announces addresses of \(addressWidth) bytes")
        }
        if version == 3, start[11] & 1 == 1 {
            throw .damage("its HDF5 superblock says that its writer never closed it")
        }
        // Base address, another, end of file.
        let count = 3 * addressWidth
        try file.require(UInt64(count), at: place + addresses, "the HDF5 superblock")
        let (base, end) = try file.read(at: place + addresses, count: count) { (bytes) throws(StructureFault) in
            (
                NumberReader.little.number(bytes, at: 0, width: addressWidth),
                NumberReader.little.number(bytes, at: 2 * addressWidth, width: addressWidth)
            )
        }
        // Where a block was put in front later, all addresses move with it.
        let (size, isBefore) = end.subtractingReportingOverflow(base)
        if isBefore || size == 0 { throw .damage("its HDF5 superblock ends the file at byte \(end), before its start") }
        try file.require(size, at: place, "the HDF5 content")
    }
}

/// Parquet: the magic at both ends and a footer that fits between them.
enum ParquetCheck {
    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        guard file.length >= 12 else { throw .damage("\(file.length) bytes are too few for a Parquet file") }
        let start = try file.bytes(at: 0, count: 4)
        // The second is for an encrypted footer.
        guard start == Array("PAR1".utf8) || start == Array("PARE".utf8) else {
            throw .damage("it does not begin as a Parquet file")
        }
        guard try file.bytes(at: file.length - 4, count: 4) == start else {
            throw .damage("it does not end as a Parquet file, so its end is missing")
        }
        let footer = try file.read(at: file.length - 8, count: 4) { (bytes) throws(StructureFault) in
            NumberReader.little.number(bytes, at: 0, width: 4)
        }
        if footer == 0 || footer > file.length - 12 {
            throw .damage("its Parquet footer of \(footer) bytes does not fit into the file")
        }
    }
}

/// JSON: that it begins and ends as an object or a list. It is not parsed.
enum JSONCheck {
    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        var first: UInt8?
        var position: UInt64 = 0
        // A byte order mark.
        if file.length >= 3, try file.bytes(at: 0, count: 3) == [0xEF, 0xBB, 0xBF] { position = 3 }
        try file.forEachPiece(at: position, count: file.length - position) { (piece) throws(StructureFault) in
            first = piece.first { !Self.isSpace($0) }
            return first == nil
        }
        let last = try Self.lastVisible(&file)
        switch (first, last) {
        case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]")): return
        case (nil, _): throw .damage("it holds nothing but white space")
        case (UInt8(ascii: "{"), _), (UInt8(ascii: "["), _):
            throw .damage("its JSON is not closed, so its end is missing")
        default: throw .damage("it does not begin as a JSON object or list")
        }
    }

    private static func lastVisible(_ file: inout StructuredFile) throws(StructureFault) -> UInt8? {
        var end = file.length
        while end > 0 {
            let count = min(end, UInt64(StructuredFile.windowSize))
            let last = try file.read(at: end - count, count: Int(count)) { (bytes) throws(StructureFault) in
                bytes.last { !Self.isSpace($0) }
            }
            if let last { return last }
            end -= count
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
