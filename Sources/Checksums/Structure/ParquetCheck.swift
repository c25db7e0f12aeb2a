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
