/// A file name by the index's numbers for stem and suffix.
struct IndexedName: Hashable {
    private let numbers: UInt64

    init(stem: Int, suffix: Int) {
        self.numbers = UInt64(truncatingIfNeeded: stem) << 32 | UInt64(UInt32(truncatingIfNeeded: suffix))
    }

    var stem: Int { Int(self.numbers >> 32) }
    var suffix: Int { Int(self.numbers & 0xFFFF_FFFF) }
}
