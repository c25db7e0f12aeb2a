import Glibc

/// Byte strings, each kept once and known by its number: numbers count up from 0 in the order of their arrival.
///
/// All bytes lie in one array, so a string costs its length and about 20 bytes.
struct ByteStrings: Sendable {
    private var bytes: [UInt8] = []
    /// Where string n ends in `bytes`; it begins where n - 1 ends.
    private var ends: [Int] = []
    /// Open addressing: upper half the upper half of the hash, lower half the number plus one; 0 is free.
    private var slots: [UInt64] = Array(repeating: 0, count: 64)

    var count: Int { self.ends.count }

    subscript(_ number: Int) -> ArraySlice<UInt8> { self.bytes[self.start(number)..<self.ends[number]] }

    /// - Returns: nil for a string that is not here.
    func number(of string: UnsafeRawBufferPointer) -> Int? {
        self.number(of: string, hash: Self.hash(string))
    }

    /// The number of `string`, which gets one if it has none.
    ///
    /// - Parameter hash: `hash(string)`, where the caller has it already.
    mutating func intern(_ string: UnsafeRawBufferPointer, hash: UInt64? = nil) -> Int {
        let hash = hash ?? Self.hash(string)
        if let known = self.number(of: string, hash: hash) { return known }
        if (self.count + 1) * 4 > self.slots.count * 3 { self.grow() }
        self.bytes.append(contentsOf: string)
        self.ends.append(self.bytes.count)
        self.occupy(hash, number: self.count - 1)
        return self.count - 1
    }

    mutating func intern(_ string: String) -> Int {
        var string = string
        return string.withUTF8 { self.intern(UnsafeRawBufferPointer($0)) }
    }

    /// Eight bytes at a time; not against an adversary: who can write the archive can do worse than slow it.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
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

    static func hash(_ string: String) -> UInt64 {
        var string = string
        return string.withUTF8 { self.hash(UnsafeRawBufferPointer($0)) }
    }

    private static func mix(_ hash: inout UInt64, _ word: UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        hash = product.high ^ product.low
    }

    private func start(_ number: Int) -> Int { number == 0 ? 0 : self.ends[number - 1] }

    private func number(of string: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let mask = self.slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let content = self.slots[slot]
            if content == 0 { return nil }
            if content >> 32 == hash >> 32 {
                let number = Int(content & 0xFFFF_FFFF) - 1
                if self.isSame(number, string) { return number }
            }
            slot = (slot + 1) & mask
        }
    }

    private func isSame(_ number: Int, _ string: UnsafeRawBufferPointer) -> Bool {
        let start = self.start(number)
        guard self.ends[number] - start == string.count else { return false }
        if string.isEmpty { return true }
        return self.bytes.withUnsafeBytes { all in
            guard let all = all.baseAddress, let other = string.baseAddress else { return false }
            return memcmp(all + start, other, string.count) == 0
        }
    }

    private mutating func occupy(_ hash: UInt64, number: Int) {
        let mask = self.slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while self.slots[slot] != 0 { slot = (slot + 1) & mask }
        self.slots[slot] = (hash >> 32) << 32 | UInt64(number + 1)
    }

    private mutating func grow() {
        self.slots = Array(repeating: 0, count: self.slots.count * 2)
        for number in 0..<self.count {
            let hash = self.bytes.withUnsafeBytes { all in
                Self.hash(UnsafeRawBufferPointer(rebasing: all[self.start(number)..<self.ends[number]]))
            }
            self.occupy(hash, number: number)
        }
    }
}
