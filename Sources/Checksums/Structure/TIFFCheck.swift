/// TIFF 6.0 and BigTIFF: the chain of directories, and that the strips, tiles and long values they name lie in the file.
///
/// The pixels themselves are not decoded. GDAL's sparse files, where a tile has offset and length 0, are sound.
struct TIFFCheck {
    /// More directories than libtiff reads in one file are taken for damage.
    private static let mostDirectories = 65_535

    private let numbers: NumberReader
    private let isBig: Bool
    /// Directories already read, against loops.
    private var seen: Set<UInt64> = []
    private var pending: [UInt64] = []
    /// Bytes of tables that may still be read. Tables of a good file do not overlap, so all of them are shorter than it.
    private var tableBudget: UInt64

    static func run(_ file: inout StructuredFile) throws(StructureFault) {
        var (check, first) = try Self.header(&file)
        try check.readChain(&file, from: first)
        while let next = check.pending.popLast() {
            if !check.seen.contains(next) { try check.readChain(&file, from: next) }
        }
    }

    private static func header(_ file: inout StructuredFile) throws(StructureFault) -> (TIFFCheck, first: UInt64) {
        guard file.length >= 8 else { throw .damage("\(file.length) bytes are too few for a TIFF header") }
        let start = try file.bytes(at: 0, count: 4)
        let isBig: Bool
        switch start {
        case Array("II*\0".utf8), Array("MM\0*".utf8): isBig = false
        case Array("II+\0".utf8), Array("MM\0+".utf8): isBig = true
        default: throw .damage("it does not begin with a TIFF header")
        }
        let check = TIFFCheck(
            numbers: start[0] == UInt8(ascii: "I") ? .little : .big,
            isBig: isBig,
            tableBudget: file.length
        )
        guard isBig else { return (check, try check.number(&file, at: 4, width: 4)) }
        guard file.length >= 16 else { throw .damage("\(file.length) bytes are too few for a BigTIFF header") }
        guard try check.number(&file, at: 4, width: 2) == 8, try check.number(&file, at: 6, width: 2) == 0 else {
            throw .damage("the BigTIFF header does not announce offsets of 8 bytes")
        }
        return (check, try check.number(&file, at: 8, width: 8))
    }

    private init(numbers: NumberReader, isBig: Bool, tableBudget: UInt64) {
        self.numbers = numbers
        self.isBig = isBig
        self.tableBudget = tableBudget
    }

    private func number(
        _ file: inout StructuredFile,
        at offset: UInt64,
        width: Int
    ) throws(StructureFault) -> UInt64 {
        let numbers = self.numbers
        return try file.read(at: offset, count: width) { (bytes) throws(StructureFault) in
            numbers.number(bytes, at: 0, width: width)
        }
    }

    /// Reads the directory at `first` and those behind it.
    private mutating func readChain(_ file: inout StructuredFile, from first: UInt64) throws(StructureFault) {
        var offset = first
        if offset == 0 { throw .damage("it names no image directory") }
        while offset != 0 {
            guard self.seen.insert(offset).inserted else {
                throw .damage("the image directory at byte \(offset) is named twice")
            }
            guard self.seen.count <= Self.mostDirectories else {
                throw .damage("it has more than \(Self.mostDirectories) image directories")
            }
            offset = try self.readDirectory(&file, at: offset)
        }
    }

    /// - Returns: the offset of the next directory, 0 for none.
    private mutating func readDirectory(
        _ file: inout StructuredFile,
        at offset: UInt64
    ) throws(StructureFault) -> UInt64 {
        let place = "the image directory"
        let countWidth = self.isBig ? 8 : 2
        let entryWidth = self.isBig ? 20 : 12
        try file.require(UInt64(countWidth), at: offset, place)
        let count = try self.number(&file, at: offset, width: countWidth)
        guard (1...65_535).contains(count) else {
            throw .damage("the image directory at byte \(offset) has \(count) entries")
        }
        let entries = offset + UInt64(countWidth)
        let entryBytes = count * UInt64(entryWidth)
        try file.require(entryBytes + UInt64(self.isBig ? 8 : 4), at: entries, place)
        try self.spend(entryBytes, at: offset)

        var directory = TIFFDirectory(offset: offset, isFirst: self.seen.count == 1)
        for index in 0..<count {
            let (tag, value) = try self.entry(&file, at: entries + index * UInt64(entryWidth))
            guard let value else { continue }
            try file.require(value.byteCount, at: value.offset, "the value of TIFF tag \(tag)")
            directory.take(tag, value)
        }
        try self.check(&file, directory)
        return try self.number(&file, at: entries + entryBytes, width: self.isBig ? 8 : 4)
    }

    /// One entry: its tag, and where its values are; nil for a field type we do not know, which readers skip.
    private func entry(
        _ file: inout StructuredFile,
        at offset: UInt64
    ) throws(StructureFault) -> (tag: Int, value: TIFFValues?) {
        let inlineWidth = self.isBig ? 8 : 4
        let numbers = self.numbers
        let (tag, type, count, pointer) = try file.read(at: offset, count: 4 + 2 * inlineWidth) {
            (bytes) throws(StructureFault) in
            (
                Int(numbers.number(bytes, at: 0, width: 2)), Int(numbers.number(bytes, at: 2, width: 2)),
                numbers.number(bytes, at: 4, width: inlineWidth),
                numbers.number(bytes, at: 4 + inlineWidth, width: inlineWidth)
            )
        }
        guard let width = TIFFValues.width(ofType: type) else { return (tag, nil) }
        let byteCount = count.multipliedReportingOverflow(by: UInt64(width))
        if byteCount.overflow { throw .damage("TIFF tag \(tag) at byte \(offset) has \(count) values") }
        let isInline = byteCount.partialValue <= UInt64(inlineWidth)
        let start = isInline ? offset + UInt64(4 + inlineWidth) : pointer
        return (tag, TIFFValues(type: type, count: count, offset: start, byteCount: byteCount.partialValue))
    }

    private mutating func check(
        _ file: inout StructuredFile,
        _ directory: TIFFDirectory
    ) throws(StructureFault) {
        if let children = directory.subdirectories {
            try self.spend(children.byteCount, at: directory.offset)
            guard children.count <= UInt64(max(0, Self.mostDirectories - self.pending.count)) else {
                throw .damage("it has more than \(Self.mostDirectories) image directories")
            }
            var index: UInt64 = 0
            while index < children.count {
                let child = try self.value(&file, children, index)
                if child != 0 { self.pending.append(child) }
                index += 1
            }
        }
        for kind in [TIFFDirectory.Pieces.strips, .tiles] {
            guard let offsets = directory.offsets(kind) else { continue }
            try self.check(&file, directory, kind, offsets)
        }
        if directory.isFirst, !directory.hasImage {
            throw .damage("the first image directory, at byte \(directory.offset), names no strips or tiles")
        }
    }

    /// Checks that each strip or tile lies in the file, and that there are enough of them for the image.
    private mutating func check(
        _ file: inout StructuredFile,
        _ directory: TIFFDirectory,
        _ kind: TIFFDirectory.Pieces,
        _ offsets: TIFFValues
    ) throws(StructureFault) {
        let place = "of the image directory at byte \(directory.offset)"
        guard let lengths = directory.lengths(kind) else {
            throw .damage("the \(kind.rawValue)s \(place) have no lengths")
        }
        guard offsets.count == lengths.count else {
            throw .damage("\(place) name \(offsets.count) offsets of \(kind.rawValue)s and \(lengths.count) lengths")
        }
        if let expected = try self.pieceCount(&file, directory, kind), offsets.count < expected {
            throw .damage(
                "\(offsets.count) \(kind.rawValue)s \(place) are too few for its image, which has \(expected)"
            )
        }
        try self.spend(offsets.byteCount, at: directory.offset)
        try self.spend(lengths.byteCount, at: directory.offset)
        var index: UInt64 = 0
        while index < offsets.count {
            let batch = Int(min(offsets.count - index, 2_048))
            let starts = try self.values(&file, offsets, from: index, batch)
            let sizes = try self.values(&file, lengths, from: index, batch)
            for (start, size) in zip(starts, sizes) {
                if size != 0 {
                    if start == 0 { throw .damage("a \(kind.rawValue) \(place) has a length and no place") }
                    try file.require(size, at: start, "\(kind.rawValue) \(index) \(place)")
                }
                index += 1
            }
        }
    }

    /// How many strips or tiles the image needs; nil where the directory does not say enough to tell.
    private func pieceCount(
        _ file: inout StructuredFile,
        _ directory: TIFFDirectory,
        _ kind: TIFFDirectory.Pieces
    ) throws(StructureFault) -> UInt64? {
        guard let width = try self.first(&file, directory.width), width > 0,
            let height = try self.first(&file, directory.height), height > 0
        else { throw .damage("the image directory at byte \(directory.offset) has no size of its image") }
        let samples = try self.first(&file, directory.samplesPerPixel) ?? 1
        let planes = try self.first(&file, directory.planarConfiguration) == 2 ? samples : 1
        let perPlane: (partialValue: UInt64, overflow: Bool)
        switch kind {
        case .strips:
            // Without the tag one strip holds all rows.
            let rows = try self.first(&file, directory.rowsPerStrip) ?? height
            guard rows > 0 else { throw .damage("strips of the directory at byte \(directory.offset) have no rows") }
            perPlane = ((height - 1) / rows + 1, false)
        case .tiles:
            guard let tileWidth = try self.first(&file, directory.tileWidth), tileWidth > 0,
                let tileHeight = try self.first(&file, directory.tileHeight), tileHeight > 0
            else { throw .damage("the tiles of the image directory at byte \(directory.offset) have no size") }
            perPlane = ((width - 1) / tileWidth + 1).multipliedReportingOverflow(by: (height - 1) / tileHeight + 1)
        }
        let all = perPlane.partialValue.multipliedReportingOverflow(by: planes)
        return perPlane.overflow || all.overflow ? .max : all.partialValue
    }

    private func first(_ file: inout StructuredFile, _ values: TIFFValues?) throws(StructureFault) -> UInt64? {
        guard let values, values.count > 0 else { return nil }
        return try self.value(&file, values, 0)
    }

    private func value(
        _ file: inout StructuredFile,
        _ values: TIFFValues,
        _ index: UInt64
    ) throws(StructureFault) -> UInt64 {
        try self.number(&file, at: values.offset + index * UInt64(values.width), width: values.width)
    }

    /// Up to 2,048 values from `index` on.
    private func values(
        _ file: inout StructuredFile,
        _ values: TIFFValues,
        from index: UInt64,
        _ count: Int
    ) throws(StructureFault) -> [UInt64] {
        let width = values.width
        let numbers = self.numbers
        try file.work(64 * count)
        return try file.read(at: values.offset + index * UInt64(width), count: count * width) {
            (bytes) throws(StructureFault) in
            (0..<count).map { numbers.number(bytes, at: $0 * width, width: width) }
        }
    }

    private mutating func spend(_ bytes: UInt64, at offset: UInt64) throws(StructureFault) {
        guard bytes <= self.tableBudget else {
            throw .damage("the tables of the image directory at byte \(offset) overlap others")
        }
        self.tableBudget -= bytes
    }
}
