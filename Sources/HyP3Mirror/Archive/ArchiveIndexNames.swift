import Glibc

/// File names by stem: each stem once, with a bit for each suffix it was found with, and its directory.
///
/// Memory grows with stems, not with files: about 100 bytes a stem with names as HyP3 gives them. Only a name outside
/// the directory of its stem's first file (files sorted by kind), a name found twice, and a suffix past the 64th cost
/// memory of their own, 8 bytes each and 64 bytes a stem.
struct StemTable: Sendable {
    private struct Stem {
        /// Start of its bytes in `bytes`.
        var start: Int
        /// Bit n: found with suffix n in `directory`.
        var suffixes: UInt64
        var directory: UInt32
        /// File names have at most 255 bytes (Linux `NAME_MAX`).
        var length: UInt16
    }

    /// One more place of a name.
    private struct Place: Equatable {
        var suffix: UInt32
        var directory: UInt32
    }

    private var stems: [Stem] = []
    private var bytes: [UInt8] = []
    /// Open addressing: upper half the upper half of the hash, lower half the index into `stems` plus one; 0 is free.
    private var slots: [UInt64] = Array(repeating: 0, count: 1024)
    private var elsewhere: [UInt32: [Place]] = [:]

    /// Number of stems.
    var count: Int { self.stems.count }

    /// Adds a name; the same name in the same directory counts once.
    ///
    /// - Parameters:
    ///   - stem: its bytes, at most 255.
    ///   - suffix: number of the suffix.
    ///   - directory: number of the directory.
    mutating func insert(_ stem: UnsafeRawBufferPointer, suffix: UInt32, directory: UInt32) {
        let bit: UInt64 = suffix < 64 ? 1 << UInt64(suffix) : 0
        let hash = Self.hash(stem)
        if let index = self.index(of: stem, hash: hash) {
            if self.stems[index].directory == directory, bit != 0 {
                self.stems[index].suffixes |= bit
                return
            }
            self.addElsewhere(Place(suffix: suffix, directory: directory), index)
            return
        }
        if (self.stems.count + 1) * 4 > self.slots.count * 3 { self.grow() }
        self.stems.append(
            Stem(start: self.bytes.count, suffixes: bit, directory: directory, length: UInt16(clamping: stem.count)))
        self.bytes.append(contentsOf: stem)
        self.occupy(hash, index: self.stems.count - 1)
        if bit == 0 { self.addElsewhere(Place(suffix: suffix, directory: directory), self.stems.count - 1) }
    }

    /// Whether the name is in any directory.
    func contains(_ stem: UnsafeRawBufferPointer, suffix: UInt32) -> Bool {
        guard let index = self.index(of: stem, hash: Self.hash(stem)) else { return false }
        if suffix < 64, self.stems[index].suffixes & (1 << UInt64(suffix)) != 0 { return true }
        return self.elsewhere[UInt32(truncatingIfNeeded: index)]?.contains { $0.suffix == suffix } ?? false
    }

    /// Every directory the name was found in, in no order.
    func directories(of stem: UnsafeRawBufferPointer, suffix: UInt32) -> [UInt32] {
        guard let index = self.index(of: stem, hash: Self.hash(stem)) else { return [] }
        var found: [UInt32] = []
        if suffix < 64, self.stems[index].suffixes & (1 << UInt64(suffix)) != 0 {
            found.append(self.stems[index].directory)
        }
        for place in self.elsewhere[UInt32(truncatingIfNeeded: index)] ?? [] where place.suffix == suffix {
            found.append(place.directory)
        }
        return found
    }

    /// Names found in more than one directory: stem, suffix and the directories, in no order.
    func repeated() -> [(stem: [UInt8], suffix: UInt32, directories: [UInt32])] {
        var repeated: [(stem: [UInt8], suffix: UInt32, directories: [UInt32])] = []
        for (key, places) in self.elsewhere {
            let stem = self.stems[Int(key)]
            let name = self.bytes[stem.start..<stem.start + Int(stem.length)]
            for suffix in Set(places.map(\.suffix)) {
                let directories = name.withUnsafeBytes { self.directories(of: $0, suffix: suffix) }
                if directories.count > 1 { repeated.append((Array(name), suffix, directories)) }
            }
        }
        return repeated
    }

    private mutating func addElsewhere(_ place: Place, _ index: Int) {
        let key = UInt32(truncatingIfNeeded: index)
        if self.elsewhere[key]?.contains(place) == true { return }
        self.elsewhere[key, default: []].append(place)
    }

    private func index(of stem: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let mask = self.slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let content = self.slots[slot]
            if content == 0 { return nil }
            if content >> 32 == hash >> 32 {
                let index = Int(content & 0xFFFF_FFFF) - 1
                if self.isSame(self.stems[index], stem) { return index }
            }
            slot = (slot + 1) & mask
        }
    }

    private func isSame(_ known: Stem, _ stem: UnsafeRawBufferPointer) -> Bool {
        guard Int(known.length) == stem.count else { return false }
        if stem.isEmpty { return true }
        return self.bytes.withUnsafeBytes { all in
            guard let all = all.baseAddress, let stemStart = stem.baseAddress else { return false }
            return memcmp(all + known.start, stemStart, stem.count) == 0
        }
    }

    private mutating func occupy(_ hash: UInt64, index: Int) {
        let mask = self.slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while self.slots[slot] != 0 { slot = (slot + 1) & mask }
        self.slots[slot] = (hash >> 32) << 32 | UInt64(index + 1)
    }

    private mutating func grow() {
        self.slots = Array(repeating: 0, count: self.slots.count * 2)
        for index in self.stems.indices {
            let stem = self.stems[index]
            let hash = self.bytes.withUnsafeBytes { all in
                Self.hash(UnsafeRawBufferPointer(rebasing: all[stem.start..<stem.start + Int(stem.length)]))
            }
            self.occupy(hash, index: index)
        }
    }

    /// Eight bytes at a time; not against an adversary: who can write the archive can do worse than slow it.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            Self.mix(&hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        Self.mix(&hash, rest)
        return hash
    }

    private static func mix(_ hash: inout UInt64, _ word: UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        hash = product.high ^ product.low
    }
}
