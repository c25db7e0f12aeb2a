/// Zip (PKWARE APPNOTE 6.3.10): the directory at the end, the headers in front of the members, and each member's CRC-32.
enum ZipCheck {
    /// - Returns: a remark where members could not be read through, as they are encrypted or compressed in a way that
    ///   zlib does not know.
    static func run(_ file: inout StructuredFile) throws(StructureFault) -> String? {
        let directory = try ZipDirectory(&file)
        let reader = try ZipMemberReader()
        var offset = directory.offset
        var memberBytes: UInt64 = 0
        var unreadable: UInt64 = 0
        for index in 0..<directory.count {
            let entry = try ZipEntry(&file, at: offset, of: directory)
            offset += entry.headerLength
            let member = try entry.member(&file, endingBefore: directory.offset)
            // Members of a good archive do not overlap, so their bytes are fewer than the file's: a small archive cannot
            // make us read much.
            memberBytes += entry.compressedSize
            if memberBytes > directory.offset {
                throw .damage("the zip members overlap, as of member \(index + 1) of \(directory.count)")
            }
            if try !reader.verify(&file, entry, member) { unreadable += 1 }
        }
        guard offset == directory.offset + directory.length else {
            throw .damage("the zip directory holds other than the \(directory.count) members it announces")
        }
        if unreadable == 0 { return nil }
        return
            "\(unreadable) of \(directory.count) members are encrypted or of another compression, so not read through"
    }
}
