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

/// The directory of a zip archive, as the record at its end says.
struct ZipDirectory {
    let offset: UInt64
    let length: UInt64
    let count: UInt64

    private static let endSignature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    private static let endLength: UInt64 = 22

    init(_ file: inout StructuredFile) throws(StructureFault) {
        guard file.length >= Self.endLength else {
            throw .damage("\(file.length) bytes are too few for a zip archive")
        }
        // The record is followed by a comment of up to 65,535 bytes, which may itself look like a record.
        let farthest = file.length - min(file.length, Self.endLength + 65_535)
        var candidate = file.length - Self.endLength
        var reason: String?
        while true {
            if let found = try Self.end(&file, notAfter: candidate, notBefore: farthest) {
                do {
                    self = try Self(&file, endAt: found)
                    return
                } catch .damage(let why) {
                    reason = reason ?? why
                } catch .failure(let error) {
                    throw .failure(error)
                }
                guard found > farthest else { break }
                candidate = found - 1
            } else {
                break
            }
        }
        throw .damage(reason ?? "it has no zip directory at its end, so its end is missing")
    }

    /// The last place where an end record with a comment that reaches exactly to the end of the file may be.
    private static func end(
        _ file: inout StructuredFile,
        notAfter last: UInt64,
        notBefore first: UInt64
    ) throws(StructureFault) -> UInt64? {
        var blockEnd = last + Self.endLength
        while true {
            let blockStart = max(first, blockEnd - min(blockEnd, 16 << 10))
            let length = file.length
            let found = try file.read(at: blockStart, count: Int(blockEnd - blockStart)) {
                (bytes) throws(StructureFault) -> UInt64? in
                var place = bytes.count - Int(Self.endLength)
                while place >= 0 {
                    if bytes[place] == 0x50, bytes[place..<(place + 4)].elementsEqual(Self.endSignature) {
                        let comment = NumberReader.little.number(bytes, at: place + 20, width: 2)
                        let start = blockStart + UInt64(place)
                        if start + Self.endLength + comment == length { return start }
                    }
                    place -= 1
                }
                return nil
            }
            if let found { return found }
            guard blockStart > first else { return nil }
            // Blocks overlap by a record's length less one, so that none is cut in two.
            blockEnd = blockStart + Self.endLength - 1
        }
    }

    private init(_ file: inout StructuredFile, endAt end: UInt64) throws(StructureFault) {
        let little = NumberReader.little
        var (disks, here, count, length, offset) = try file.read(at: end, count: 22) {
            (bytes) throws(StructureFault) in
            (
                little.number(bytes, at: 4, width: 2) | little.number(bytes, at: 6, width: 2),
                little.number(bytes, at: 8, width: 2), little.number(bytes, at: 10, width: 2),
                little.number(bytes, at: 12, width: 4), little.number(bytes, at: 16, width: 4)
            )
        }
        var directoryLimit = end
        if disks == 0xFFFF || here == 0xFFFF || count == 0xFFFF || length == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
            let place = try Self.zip64End(&file, before: end)
        {
            (disks, here, count, length, offset) = try file.read(at: place, count: 56) {
                (bytes) throws(StructureFault) in
                (
                    little.number(bytes, at: 16, width: 4) | little.number(bytes, at: 20, width: 4),
                    little.number(bytes, at: 24, width: 8), little.number(bytes, at: 32, width: 8),
                    little.number(bytes, at: 40, width: 8), little.number(bytes, at: 48, width: 8)
                )
            }
            directoryLimit = place
        }
        guard disks == 0, here == count else { throw .damage("it is one piece of a zip archive split into several") }
        let (directoryEnd, overflow) = offset.addingReportingOverflow(length)
        guard !overflow, directoryEnd <= directoryLimit else {
            throw .damage(
                "the zip directory at byte \(offset) (\(length) bytes) reaches past its end record at \(directoryLimit)"
            )
        }
        guard count <= length / 46 else {
            throw .damage("the zip directory of \(length) bytes is too short for \(count) members")
        }
        self.offset = offset
        self.length = length
        self.count = count
    }

    /// The Zip64 end record, which a locator right before the plain one points to; nil if there is no locator.
    private static func zip64End(
        _ file: inout StructuredFile,
        before end: UInt64
    ) throws(StructureFault) -> UInt64? {
        guard end >= 20 else { return nil }
        let locator = end - 20
        guard try file.bytes(at: locator, count: 4) == [0x50, 0x4B, 0x06, 0x07] else { return nil }
        let place = try file.read(at: locator + 8, count: 8) { (bytes) throws(StructureFault) in
            NumberReader.little.number(bytes, at: 0, width: 8)
        }
        guard locator >= 56, place <= locator - 56, try file.bytes(at: place, count: 4) == [0x50, 0x4B, 0x06, 0x06]
        else { throw .damage("the Zip64 end record named at byte \(locator) is not at byte \(place)") }
        return place
    }
}
