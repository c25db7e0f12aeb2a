/// The directory of a zip archive, as the record at its end says.
///
/// Read as `unzip` and Python's `zipfile` read it: bytes may stand in front of the archive (what unpacks itself), so that all
/// places it names are that much too low, and a few bytes may follow the record.
struct ZipDirectory {
    /// Where the directory is in the file.
    let offset: UInt64
    let length: UInt64
    let count: UInt64
    /// Bytes in front of the archive, to be added to the places it names.
    let prefix: UInt64

    private static let endSignature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    private static let entrySignature: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    private static let memberSignature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    private static let wideEndSignature: [UInt8] = [0x50, 0x4B, 0x06, 0x06]
    private static let endLength: UInt64 = 22
    private static let wideEndLength: UInt64 = 56

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

    /// The last place where an end record may be whose comment lies in the file.
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
                        if start + Self.endLength + comment <= length { return start }
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
        // Where it is, the plain record may hold the same numbers; the directory ends before it all the same.
        if let place = try Self.zip64End(&file, before: end) {
            directoryLimit = place
            (disks, here, count, length, offset) = try file.read(at: place, count: Int(Self.wideEndLength)) {
                (bytes) throws(StructureFault) in
                (
                    little.number(bytes, at: 16, width: 4) | little.number(bytes, at: 20, width: 4),
                    little.number(bytes, at: 24, width: 8), little.number(bytes, at: 32, width: 8),
                    little.number(bytes, at: 40, width: 8), little.number(bytes, at: 48, width: 8)
                )
            }
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
        self.prefix = try Self.prefix(&file, directoryAt: offset, length: length, before: directoryLimit)
        self.offset = offset + self.prefix
        self.length = length
        self.count = count
    }

    /// How many bytes stand in front of the archive: as many as the directory, which ends at its end record, lies behind the
    /// place where that says it is.
    private static func prefix(
        _ file: inout StructuredFile,
        directoryAt offset: UInt64,
        length: UInt64,
        before end: UInt64
    ) throws(StructureFault) -> UInt64 {
        let gap = end - (offset + length)
        guard gap > 0 else { return 0 }
        if length > 0 {
            // Some writers leave a gap in front of the record; then the directory is where it is said to be.
            guard try file.bytes(at: offset + gap, count: 4) == Self.entrySignature else { return 0 }
        }
        // A member in front of all that the directory names is what is left of a larger archive, cut off behind another one
        // that was stored in it.
        guard try file.bytes(at: 0, count: 4) != Self.memberSignature else {
            throw .damage("it begins with a zip member that its directory does not name, so its end is missing")
        }
        return gap
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
        guard locator >= Self.wideEndLength, place <= locator - Self.wideEndLength else {
            throw .damage("the Zip64 end record named at byte \(locator) is not at byte \(place)")
        }
        // With bytes in front of the archive it is not where it is said to be, but still right in front of the locator.
        for place in [place, locator - Self.wideEndLength]
        where try file.bytes(at: place, count: 4) == Self.wideEndSignature { return place }
        throw .damage("the Zip64 end record named at byte \(locator) is not at byte \(place)")
    }
}
