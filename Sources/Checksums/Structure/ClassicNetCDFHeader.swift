/// The header of a classic netCDF file (NetCDF Users' Guide, "File Format Specifications": CDF-1, CDF-2, CDF-5), and whether
/// the bytes of each variable it names lie in the file.
///
/// Sizes are worked out from the dimensions: the `vsize` field of large variables holds nothing of use.
struct ClassicNetCDFHeader {
    enum Form: UInt8 {
        case classic = 1
        /// Places of 64 bits.
        case largeFile = 2
        /// All numbers of 64 bits.
        case wideData = 5
    }

    /// More dimensions than any writer makes; their lengths are what is kept in memory.
    private static let mostDimensions: UInt64 = 65_536

    /// A variable with the record dimension, whose values lie apart, one in each record.
    private struct RecordVariable {
        var name: String
        var begin: UInt64
        /// Bytes in each record, without padding.
        var size: UInt64
    }

    private let countWidth: Int
    private let placeWidth: Int
    private var position: UInt64 = 4
    /// 0 for the record dimension.
    private var dimensions: [UInt64] = []
    /// The record variable whose values end last.
    private var last: RecordVariable?
    private var recordVariables: UInt64 = 0
    /// Bytes of one record, each variable padded to four.
    private var recordSize: UInt64 = 0

    init(_ form: Form) {
        self.countWidth = form == .wideData ? 8 : 4
        self.placeWidth = form == .classic ? 4 : 8
    }

    /// - Returns: a remark where the number of records is not in the header.
    mutating func check(_ file: inout StructuredFile) throws(StructureFault) -> String? {
        let records = try self.count(&file)
        try self.readDimensions(&file)
        try self.skipAttributes(&file)
        try self.readVariables(&file)
        // A writer that streams does not know the number; then as many records as there are.
        if records == (self.countWidth == 8 ? UInt64.max : UInt64(UInt32.max)) {
            return "its number of records is left open, so they were not counted"
        }
        try self.checkRecords(&file, records)
        return nil
    }

    private mutating func readDimensions(_ file: inout StructuredFile) throws(StructureFault) {
        let count = try self.list(&file, tag: 10, of: "dimensions")
        guard count <= Self.mostDimensions else { throw .damage("its netCDF header announces \(count) dimensions") }
        for _ in 0..<count {
            _ = try self.name(&file)
            self.dimensions.append(try self.count(&file))
        }
    }

    private mutating func readVariables(_ file: inout StructuredFile) throws(StructureFault) {
        let count = try self.list(&file, tag: 11, of: "variables")
        var index: UInt64 = 0
        while index < count {
            try self.readVariable(&file)
            index += 1
        }
    }

    private mutating func readVariable(_ file: inout StructuredFile) throws(StructureFault) {
        let name = try self.name(&file)
        let rank = try self.count(&file)
        // Each dimension's number takes room in the header.
        try file.require(rank.multipliedOrMost(by: UInt64(self.countWidth)), at: self.position, "the netCDF header")
        var isRecord = false
        var values: UInt64 = 1
        var index: UInt64 = 0
        while index < rank {
            let dimension = try self.count(&file)
            guard dimension < UInt64(self.dimensions.count) else {
                throw .damage("the netCDF variable \(name) has a dimension that the file does not have")
            }
            let length = self.dimensions[Int(dimension)]
            if length == 0 {
                guard index == 0 else {
                    throw .damage("the records of the netCDF variable \(name) are not its first dimension")
                }
                isRecord = true
            } else {
                values = values.multipliedOrMost(by: length)
            }
            index += 1
        }
        try self.skipAttributes(&file)
        let width = try self.valueWidth(&file)
        // `vsize`.
        _ = try self.count(&file)
        let begin = try self.number(&file, width: self.placeWidth)
        let size = values.multipliedOrMost(by: width)
        guard isRecord else { return try file.require(size, at: begin, "the netCDF variable \(name)") }
        self.recordVariables += 1
        let padded = size > .max - 3 ? .max : (size + 3) & ~3
        // The records of a single small variable are not padded.
        self.recordSize = self.recordVariables == 1 ? size : self.recordSizePadded.addingOrMost(padded)
        let end = begin.addingOrMost(size)
        if self.last.map({ $0.begin.addingOrMost($0.size) < end }) ?? true {
            self.last = RecordVariable(name: name, begin: begin, size: size)
        }
    }

    /// The size so far, as it is once there is a further variable.
    private var recordSizePadded: UInt64 { self.recordSize > .max - 3 ? .max : (self.recordSize + 3) & ~3 }

    private func checkRecords(_ file: inout StructuredFile, _ records: UInt64) throws(StructureFault) {
        guard let last = self.last, records > 0 else { return }
        let before = (records - 1).multipliedOrMost(by: self.recordSize)
        try file.require(
            last.size,
            at: last.begin.addingOrMost(before),
            "the netCDF variable \(last.name), record \(records) of \(records)"
        )
    }

    /// Passes over a list of attributes.
    private mutating func skipAttributes(_ file: inout StructuredFile) throws(StructureFault) {
        let count = try self.list(&file, tag: 12, of: "attributes")
        var index: UInt64 = 0
        while index < count {
            _ = try self.name(&file)
            let width = try self.valueWidth(&file)
            let values = try self.count(&file)
            try self.skip(&file, values.multipliedOrMost(by: width))
            index += 1
        }
    }

    /// The number of entries of a list; an absent one has the tag 0 and none.
    private mutating func list(
        _ file: inout StructuredFile,
        tag: UInt64,
        of what: String
    ) throws(StructureFault) -> UInt64 {
        let start = self.position
        let found = try self.number(&file, width: 4)
        let count = try self.count(&file)
        guard found == tag || (found == 0 && count == 0) else {
            throw .damage("no list of \(what) begins at byte \(start) of its netCDF header")
        }
        return count
    }

    /// A name, for messages; a long one is cut.
    private mutating func name(_ file: inout StructuredFile) throws(StructureFault) -> String {
        let length = try self.count(&file)
        try file.require(length, at: self.position, "a name in the netCDF header")
        let shown = try file.bytes(at: self.position, count: Int(min(length, 64)))
        try self.skip(&file, length)
        return String(decoding: shown, as: UTF8.self)
    }

    /// Bytes of one value of the type that stands next.
    private mutating func valueWidth(_ file: inout StructuredFile) throws(StructureFault) -> UInt64 {
        let start = self.position
        switch try self.number(&file, width: 4) {
        case 1, 2, 7: return 1
        case 3, 8: return 2
        case 4, 5, 9: return 4
        case 6, 10, 11: return 8
        case let type: throw .damage("its netCDF header has the unknown type \(type) at byte \(start)")
        }
    }

    private mutating func count(_ file: inout StructuredFile) throws(StructureFault) -> UInt64 {
        try self.number(&file, width: self.countWidth)
    }

    private mutating func number(_ file: inout StructuredFile, width: Int) throws(StructureFault) -> UInt64 {
        try file.require(UInt64(width), at: self.position, "the netCDF header")
        let value = try file.read(at: self.position, count: width) { (bytes) throws(StructureFault) in
            NumberReader.big.number(bytes, at: 0, width: width)
        }
        self.position += UInt64(width)
        return value
    }

    /// Passes over bytes and the zeros that fill up to a multiple of four.
    private mutating func skip(_ file: inout StructuredFile, _ bytes: UInt64) throws(StructureFault) {
        let padded = bytes > .max - 3 ? .max : (bytes + 3) & ~3
        try file.require(padded, at: self.position, "the netCDF header")
        self.position += padded
    }
}

extension UInt64 {
    /// The product, or the largest number where it is larger than that.
    fileprivate func multipliedOrMost(by other: UInt64) -> UInt64 {
        let product = self.multipliedReportingOverflow(by: other)
        return product.overflow ? .max : product.partialValue
    }

    /// The sum, or the largest number where it is larger than that.
    fileprivate func addingOrMost(_ other: UInt64) -> UInt64 {
        let sum = self.addingReportingOverflow(other)
        return sum.overflow ? .max : sum.partialValue
    }
}
