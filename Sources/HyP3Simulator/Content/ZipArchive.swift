import CZlib

/// Writes zip archives (PKWARE's APPNOTE, without zip64): members stored or deflated, CRC-32 right.
struct ZipArchive {
    private var file = Content()
    private var directory: [UInt8] = []
    private var count = 0

    /// Bytes of an archive whose members are stored under these names.
    static func size(of members: [(name: String, size: Int)]) -> Int {
        members.reduce(22) { $0 + 30 + 46 + 2 * $1.name.utf8.count + $1.size }
    }

    /// Adds a member, its bytes stored as they are.
    mutating func store(_ name: String, _ content: Content) {
        add(name, method: 0, size: content.count, crc: crc32(content), stored: content)
    }

    /// Adds a member, its bytes deflated.
    mutating func deflate(_ name: String, _ bytes: [UInt8]) {
        // A zlib stream is two bytes of header, the deflate stream, and four bytes of Adler-32.
        let deflated = Array(zlibCompressed(bytes).dropFirst(2).dropLast(4))
        add(name, method: 8, size: bytes.count, crc: crc32(Content(bytes)), stored: Content(deflated))
    }

    /// The archive.
    consuming func finished() -> Content {
        let start = file.count
        var tail = directory
        tail += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        tail.appendLittleEndian(UInt16(truncatingIfNeeded: count))
        tail.appendLittleEndian(UInt16(truncatingIfNeeded: count))
        tail.appendLittleEndian(UInt32(truncatingIfNeeded: directory.count))
        tail.appendLittleEndian(UInt32(truncatingIfNeeded: start))
        tail += [0, 0]
        file.append(Content(tail))
        return file
    }

    private mutating func add(_ name: String, method: UInt16, size: Int, crc: UInt32, stored: Content) {
        var common: [UInt8] = []
        common.appendLittleEndian(UInt16(20))
        common.appendLittleEndian(UInt16(0))
        common.appendLittleEndian(method)
        // 2024-01-01 00:00 in MS-DOS form.
        common.appendLittleEndian(UInt16(0))
        common.appendLittleEndian(UInt16(0x5821))
        common.appendLittleEndian(crc)
        common.appendLittleEndian(UInt32(truncatingIfNeeded: stored.count))
        common.appendLittleEndian(UInt32(truncatingIfNeeded: size))
        common.appendLittleEndian(UInt16(truncatingIfNeeded: name.utf8.count))
        common.appendLittleEndian(UInt16(0))
        directory += [0x50, 0x4B, 1, 2, 20, 0] + common
        directory += Array(repeating: 0, count: 10)
        directory.appendLittleEndian(UInt32(truncatingIfNeeded: file.count))
        directory += Array(name.utf8)
        file.append(Content([0x50, 0x4B, 3, 4] + common + Array(name.utf8)))
        file.append(stored)
        count += 1
    }
}
