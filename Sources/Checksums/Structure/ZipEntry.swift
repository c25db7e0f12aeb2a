/// One member as the directory of a zip archive describes it.
struct ZipEntry {
    let offset: UInt64
    /// Bytes of the entry in the directory.
    let headerLength: UInt64
    let flags: UInt64
    let method: UInt64
    let crc: UInt64
    let compressedSize: UInt64
    let size: UInt64
    /// Where the member's own header is in the file.
    private let localOffset: UInt64
    private let nameLength: UInt64

    private static let fixedLength: UInt64 = 46

    var isEncrypted: Bool { self.flags & 0x2041 != 0 }
    private var hasDescriptor: Bool { self.flags & 8 != 0 }
    private var place: String { "the zip member at byte \(self.localOffset)" }

    init(_ file: inout StructuredFile, at offset: UInt64, of directory: ZipDirectory) throws(StructureFault) {
        let end = directory.offset + directory.length
        guard offset <= end, end - offset >= Self.fixedLength else {
            throw .damage("the zip directory ends within the entry at byte \(offset)")
        }
        let little = NumberReader.little
        let fields = try file.read(at: offset, count: Int(Self.fixedLength)) {
            (bytes) throws(StructureFault) -> [UInt64] in
            guard little.number(bytes, at: 0, width: 4) == 0x0201_4B50 else {
                throw .damage("no zip directory entry begins at byte \(offset)")
            }
            return [(8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2), (42, 4)].map {
                little.number(bytes, at: $0.0, width: $0.1)
            }
        }
        let extraLength = fields[6]
        let headerLength = Self.fixedLength + fields[5] + extraLength + fields[7]
        guard end - offset >= headerLength else {
            throw .damage("the zip directory ends within the entry at byte \(offset)")
        }
        var (size, compressedSize, localOffset) = (fields[4], fields[3], fields[9])
        let wide = [size, compressedSize, localOffset].map { $0 == 0xFFFF_FFFF }
        if wide.contains(true) {
            let extra = offset + Self.fixedLength + fields[5]
            let values = try zip64Values(&file, at: extra, length: extraLength, count: wide.count { $0 })
            var next = values.makeIterator()
            if wide[0] { size = next.next() ?? size }
            if wide[1] { compressedSize = next.next() ?? compressedSize }
            if wide[2] { localOffset = next.next() ?? localOffset }
        }
        guard fields[8] == 0 || fields[8] == 0xFFFF else {
            throw .damage("it is one piece of a zip archive split into several")
        }
        self.offset = offset
        self.headerLength = headerLength
        self.flags = fields[0]
        self.method = fields[1]
        self.crc = fields[2]
        self.compressedSize = compressedSize
        self.size = size
        let place = localOffset.addingReportingOverflow(directory.prefix)
        if place.overflow { throw .damage("the zip directory entry at byte \(offset) names no place of a member") }
        self.localOffset = place.partialValue
        self.nameLength = fields[5]
    }

    /// Compares the member's own header, and the descriptor behind its bytes if it has one, with this entry.
    ///
    /// - Returns: where the member's bytes begin; all of them lie before `limit`.
    func member(_ file: inout StructuredFile, endingBefore limit: UInt64) throws(StructureFault) -> UInt64 {
        guard self.localOffset <= limit, limit - self.localOffset >= 30 else {
            throw .damage("\(self.place) does not lie before the zip directory at byte \(limit)")
        }
        let little = NumberReader.little
        let fields = try file.read(at: self.localOffset, count: 30) { (bytes) throws(StructureFault) -> [UInt64] in
            guard little.number(bytes, at: 0, width: 4) == 0x0403_4B50 else {
                throw .damage("no zip member begins at byte \(self.localOffset), where the directory names one")
            }
            return [(6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)].map {
                little.number(bytes, at: $0.0, width: $0.1)
            }
        }
        let start = self.localOffset + 30 + fields[5] + fields[6]
        guard start <= limit, limit - start >= self.compressedSize else {
            throw .damage("\(self.place) reaches into the zip directory at byte \(limit)")
        }
        try self.compareNames(&file, localLength: fields[5])
        guard fields[1] == self.method, fields[0] & 0x2049 == self.flags & 0x2049 else {
            throw .damage("\(self.place) is of another compression than the directory says")
        }
        let isSame =
            fields[2] == self.crc && [self.compressedSize, 0xFFFF_FFFF].contains(fields[3])
            && [self.size, 0xFFFF_FFFF].contains(fields[4])
        // Writers that do not know these in advance leave them out and put them behind the bytes.
        if !isSame {
            guard self.hasDescriptor else {
                throw .damage("\(self.place) has another CRC-32 or size than the directory says")
            }
            try self.checkDescriptor(&file, at: start + self.compressedSize, endingBefore: limit)
        }
        return start
    }

    private func compareNames(_ file: inout StructuredFile, localLength: UInt64) throws(StructureFault) {
        var isSame = localLength == self.nameLength
        var done: UInt64 = 0
        while isSame, done < localLength {
            let count = Int(min(localLength - done, 1_024))
            isSame =
                try file.bytes(at: self.offset + Self.fixedLength + done, count: count)
                == file.bytes(at: self.localOffset + 30 + done, count: count)
            done += UInt64(count)
        }
        if !isSame { throw .damage("\(self.place) has another name than the directory says") }
    }

    /// CRC-32 and both sizes, of 4 or 8 bytes each, with or without a signature in front.
    private func checkDescriptor(
        _ file: inout StructuredFile,
        at start: UInt64,
        endingBefore limit: UInt64
    ) throws(StructureFault) {
        let count = Int(min(limit - start, 24))
        let isRight = try file.read(at: start, count: count) { (bytes) throws(StructureFault) in
            [(0, 4), (0, 8), (4, 4), (4, 8)].contains { (skip, width) in
                guard count >= skip + 4 + 2 * width else { return false }
                let little = NumberReader.little
                return (skip == 0 || little.number(bytes, at: 0, width: 4) == 0x0807_4B50)
                    && little.number(bytes, at: skip, width: 4) == self.crc
                    && little.number(bytes, at: skip + 4, width: width) == self.compressedSize
                    && little.number(bytes, at: skip + 4 + width, width: width) == self.size
            }
        }
        if !isRight { throw .damage("the descriptor behind \(self.place) differs from the directory") }
    }
}

/// The first `count` numbers of the Zip64 field (id 1) among the extra fields.
private func zip64Values(
    _ file: inout StructuredFile,
    at start: UInt64,
    length: UInt64,
    count: Int
) throws(StructureFault) -> [UInt64] {
    var offset = start
    let end = start + length
    while end - offset >= 4 {
        let (id, size) = try file.read(at: offset, count: 4) { (bytes) throws(StructureFault) in
            (NumberReader.little.number(bytes, at: 0, width: 2), NumberReader.little.number(bytes, at: 2, width: 2))
        }
        guard end - offset - 4 >= size else { break }
        if id == 1 {
            guard size >= UInt64(8 * count) else { break }
            return try file.read(at: offset + 4, count: 8 * count) { (bytes) throws(StructureFault) in
                (0..<count).map { NumberReader.little.number(bytes, at: 8 * $0, width: 8) }
            }
        }
        offset += 4 + size
    }
    throw .damage("a zip directory entry lacks its Zip64 sizes at byte \(start)")
}
