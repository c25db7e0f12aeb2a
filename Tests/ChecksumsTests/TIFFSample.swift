/// Writes small TIFFs, right or wrong in a chosen way.
struct TIFFSample {
    /// One image directory.
    struct Directory {
        var width = 30
        var height = 40
        /// Side of a tile; nil for strips of 16 rows.
        var tile: Int?
        /// Pieces that are left out as GDAL does: offset and length 0.
        var sparse: Set<Int> = []
        var subdirectories: [Directory] = []
        /// Tags added as they are: tag, type, count, value.
        var extra: [(Int, Int, UInt64, UInt64)] = []
        /// Tags left out.
        var without: Set<Int> = []
        /// Lengths of pieces as SHORT.
        var shortLengths = false
    }

    var isBig = false
    var isLittleEndian = true
    /// Directories behind the pixels, as most writers have it, or in front, as cloud-optimised files do.
    var directoriesLast = true
    var directories = [Directory()]

    private var bytes: [UInt8] = []

    init(isBig: Bool = false, isLittleEndian: Bool = true, directoriesLast: Bool = true, _ directories: [Directory]) {
        self.isBig = isBig
        self.isLittleEndian = isLittleEndian
        self.directoriesLast = directoriesLast
        self.directories = directories
    }

    private var offsetWidth: Int { self.isBig ? 8 : 4 }

    private func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        return self.isLittleEndian ? little : little.reversed()
    }

    mutating func encoded() -> [UInt8] {
        self.bytes = Array((self.isLittleEndian ? "II" : "MM").utf8)
        if self.isBig {
            self.bytes += self.number(43, 2) + self.number(8, 2) + self.number(0, 2)
        } else {
            self.bytes += self.number(42, 2)
        }
        var link = self.bytes.count
        self.bytes += self.number(0, self.offsetWidth)
        for directory in self.directories { link = self.write(directory, link: link) }
        return self.bytes
    }

    private mutating func patch(_ offset: Int, _ value: Int) {
        let encoded = self.number(UInt64(value), self.offsetWidth)
        self.bytes.replaceSubrange(offset..<(offset + encoded.count), with: encoded)
    }

    /// - Returns: where the offset of the next directory belongs.
    private mutating func write(_ directory: Directory, link: Int) -> Int {
        let pieces = Self.pieceSizes(directory)
        var offsets: [UInt64] = []
        var entries: [(tag: Int, type: Int, values: [UInt64])] = [
            (256, 4, [UInt64(directory.width)]), (257, 4, [UInt64(directory.height)]), (258, 3, [8]), (277, 3, [1]),
        ]
        if directory.tile == nil { entries.append((278, 3, [16])) }
        for side in [322, 323] { if let tile = directory.tile { entries.append((side, 3, [UInt64(tile)])) } }
        let offsetTag = directory.tile == nil ? 273 : 324
        let lengths = pieces.enumerated().map { directory.sparse.contains($0) ? 0 : UInt64($1) }
        let offsetType = self.isBig ? 16 : 4
        entries.append((offsetTag, offsetType, Array(repeating: 0, count: pieces.count)))
        entries.append((directory.tile == nil ? 279 : 325, directory.shortLengths ? 3 : 4, lengths))
        if !directory.subdirectories.isEmpty {
            entries.append((330, offsetType, Array(repeating: 0, count: directory.subdirectories.count)))
        }

        if self.directoriesLast { offsets = self.writePixels(lengths) }
        if !self.bytes.count.isMultiple(of: 2) { self.bytes.append(0) }
        self.patch(link, self.bytes.count)
        entries.removeAll { directory.without.contains($0.tag) }
        self.bytes += self.number(UInt64(entries.count + directory.extra.count), self.isBig ? 8 : 2)
        var places: [Int: Int] = [:]
        var tables: [(place: Int, tag: Int, bytes: [UInt8])] = []
        for (tag, type, values) in entries {
            self.bytes += self.number(UInt64(tag), 2) + self.number(UInt64(type), 2)
            self.bytes += self.number(UInt64(values.count), self.offsetWidth)
            let table = values.flatMap { self.number($0, type == 3 ? 2 : type == 4 ? 4 : 8) }
            if table.count <= self.offsetWidth {
                places[tag] = self.bytes.count
                self.bytes += table + Array(repeating: 0, count: self.offsetWidth - table.count)
            } else {
                tables.append((self.bytes.count, tag, table))
                self.bytes += self.number(0, self.offsetWidth)
            }
        }
        for (tag, type, count, value) in directory.extra {
            self.bytes += self.number(UInt64(tag), 2) + self.number(UInt64(type), 2)
            self.bytes += self.number(count, self.offsetWidth) + self.number(value, self.offsetWidth)
        }
        let next = self.bytes.count
        self.bytes += self.number(0, self.offsetWidth)
        for (place, tag, table) in tables {
            self.patch(place, self.bytes.count)
            places[tag] = self.bytes.count
            self.bytes += table
        }
        if !self.directoriesLast { offsets = self.writePixels(lengths) }
        for (index, offset) in offsets.enumerated() {
            if let table = places[offsetTag] { self.patch(table + index * self.offsetWidth, Int(offset)) }
        }
        for (index, child) in directory.subdirectories.enumerated() {
            if let table = places[330] { _ = self.write(child, link: table + index * self.offsetWidth) }
        }
        return next
    }

    private mutating func writePixels(_ lengths: [UInt64]) -> [UInt64] {
        lengths.map { length in
            guard length > 0 else { return 0 }
            defer { self.bytes += Array(repeating: 0xA5, count: Int(length)) }
            return UInt64(self.bytes.count)
        }
    }

    private static func pieceSizes(_ directory: Directory) -> [Int] {
        guard let tile = directory.tile else {
            return stride(from: 0, to: directory.height, by: 16).map {
                min(16, directory.height - $0) * directory.width
            }
        }
        let across = (directory.width + tile - 1) / tile
        let down = (directory.height + tile - 1) / tile
        return Array(repeating: tile * tile, count: across * down)
    }
}
