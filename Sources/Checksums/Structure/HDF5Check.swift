/// HDF5 (and netCDF-4, which is HDF5): the superblock, which says where the file ends.
enum HDF5Check {
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        guard let place = try Self.superblock(&file) else { throw .damage("it does not begin as HDF5") }
        try Self.checkSuperblock(&file, at: place)
    }

    /// Where the superblock is; nil if the file is no HDF5. A user's block may stand in front, so that it begins at 0, 512,
    /// 1024, 2048, …
    static func superblock(_ file: inout StructuredFile) throws(StructureFault) -> UInt64? {
        var place: UInt64 = 0
        while file.length >= 8, place <= file.length - 8 {
            if try file.bytes(at: place, count: 8) == Self.signature { return place }
            place = place == 0 ? 512 : place * 2
        }
        return nil
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
