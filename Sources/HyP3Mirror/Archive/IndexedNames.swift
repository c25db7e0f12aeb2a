/// A set of names in the index, 8 bytes a stem.
struct IndexedNames {
    private var bits: [UInt64]
    /// Those with a suffix past the 64th.
    private var others: Set<IndexedName> = []

    /// - Parameter stems: how many the index has.
    init(stems: Int) {
        self.bits = Array(repeating: 0, count: stems)
    }

    func contains(_ name: IndexedName) -> Bool {
        name.suffix < 64 ? self.bits[name.stem] & (1 << UInt64(name.suffix)) != 0 : self.others.contains(name)
    }

    /// - Returns: whether it was not in the set.
    mutating func insert(_ name: IndexedName) -> Bool {
        guard name.suffix < 64 else { return self.others.insert(name).inserted }
        let bit: UInt64 = 1 << UInt64(name.suffix)
        if self.bits[name.stem] & bit != 0 { return false }
        self.bits[name.stem] |= bit
        return true
    }
}
