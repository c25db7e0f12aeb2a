/// netCDF: HDF5 (netCDF-4), or the classic format.
enum NetCDFCheck {
    /// - Returns: a remark where the classic format leaves open how long the file must be.
    static func run(_ file: inout StructuredFile) throws(StructureFault) -> String? {
        if try HDF5Check.superblock(&file) != nil {
            try HDF5Check.run(&file)
            return nil
        }
        guard file.length >= 4, try file.bytes(at: 0, count: 3) == Array("CDF".utf8),
            let form = ClassicNetCDFHeader.Form(rawValue: try file.bytes(at: 3, count: 1)[0])
        else { throw .damage("it begins neither as HDF5 nor as classic netCDF") }
        var header = ClassicNetCDFHeader(form)
        return try header.check(&file)
    }
}
