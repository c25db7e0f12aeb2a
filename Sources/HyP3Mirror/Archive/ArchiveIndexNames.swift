/// File names by stem: each stem once, with a bit for each suffix it was found with, and its directory.
///
/// Memory grows with stems, not with files: about 100 bytes a stem with names as HyP3 gives them. Only a name outside
/// the directory of its stem's first file (files sorted by kind), a name found twice, and a suffix past the 64th cost
/// memory of their own, 8 bytes each and 64 bytes a stem.
struct StemTable: Sendable {
    private struct Holding {
        /// Bit n: found with suffix n in `directory`.
        var suffixes: UInt64
        var directory: UInt32
    }

    /// One more place of a name.
    private struct Place: Equatable {
        var suffix: UInt32
        var directory: UInt32
    }

    private var stems = ByteStrings()
    /// By the number of the stem.
    private var holdings: [Holding] = []
    /// By the number of the stem.
    private var elsewhere: [UInt32: [Place]] = [:]

    /// Number of stems.
    var count: Int { self.stems.count }

    /// Adds a name; the same name in the same directory counts once.
    ///
    /// - Parameters:
    ///   - hash: `ByteStrings.hash(stem)`.
    ///   - suffix: number of the suffix.
    ///   - directory: number of the directory.
    mutating func insert(_ stem: UnsafeRawBufferPointer, hash: UInt64, suffix: Int, directory: Int) {
        let number = self.stems.intern(stem, hash: hash)
        let place = Place(
            suffix: UInt32(truncatingIfNeeded: suffix),
            directory: UInt32(truncatingIfNeeded: directory)
        )
        if number == self.holdings.count {
            self.holdings.append(Holding(suffixes: 0, directory: place.directory))
        }
        if suffix < 64, self.holdings[number].directory == place.directory {
            self.holdings[number].suffixes |= 1 << UInt64(suffix)
            return
        }
        let key = UInt32(truncatingIfNeeded: number)
        if self.elsewhere[key]?.contains(place) == true { return }
        self.elsewhere[key, default: []].append(place)
    }

    /// Whether the name is in any directory.
    func contains(_ stem: UnsafeRawBufferPointer, suffix: Int) -> Bool {
        guard let number = self.stems.number(of: stem) else { return false }
        return self.isHeld(number, suffix) || self.places(number).contains { $0.suffix == suffix }
    }

    /// Whether any name has the suffix.
    func holds(suffix: Int) -> Bool {
        self.holdings.indices.contains { self.isHeld($0, suffix) }
            || self.elsewhere.values.contains { $0.contains { $0.suffix == suffix } }
    }

    /// The number of a stem, below `count`; nil for one that is not here.
    func number(of stem: UnsafeRawBufferPointer) -> Int? { self.stems.number(of: stem) }

    /// The stem of that number.
    func stem(_ number: Int) -> ArraySlice<UInt8> { self.stems[number] }

    /// Whether the stem of that number was found with the suffix, in any directory.
    func isHeld(_ number: Int, suffix: Int) -> Bool {
        self.isHeld(number, suffix) || !self.elsewhere.isEmpty && self.places(number).contains { $0.suffix == suffix }
    }

    /// The suffixes a stem was found with, each with its directories.
    func files(of number: Int) -> [(suffix: Int, directories: [Int])] {
        let held = (0..<64).filter { self.isHeld(number, $0) }
        let suffixes = Set(held).union(self.places(number).map { Int($0.suffix) })
        return suffixes.sorted().map { ($0, self.directories(number, $0)) }
    }

    /// The one directory of a name; nil where it is in none, or in several.
    func onlyDirectory(_ number: Int, _ suffix: Int) -> Int? {
        if self.elsewhere.isEmpty { return self.isHeld(number, suffix) ? Int(self.holdings[number].directory) : nil }
        let directories = self.directories(number, suffix)
        return directories.count == 1 ? directories[0] : nil
    }

    /// Every directory the name was found in, in no order.
    func directories(of stem: UnsafeRawBufferPointer, suffix: Int) -> [Int] {
        guard let number = self.stems.number(of: stem) else { return [] }
        return self.directories(number, suffix)
    }

    /// Names found in more than one directory: stem, suffix and the directories, in no order.
    func repeated() -> [(stem: ArraySlice<UInt8>, suffix: Int, directories: [Int])] {
        var repeated: [(stem: ArraySlice<UInt8>, suffix: Int, directories: [Int])] = []
        for (key, places) in self.elsewhere {
            for suffix in Set(places.map { Int($0.suffix) }) {
                let directories = self.directories(Int(key), suffix)
                if directories.count > 1 { repeated.append((self.stems[Int(key)], suffix, directories)) }
            }
        }
        return repeated
    }

    private func isHeld(_ number: Int, _ suffix: Int) -> Bool {
        suffix < 64 && self.holdings[number].suffixes & (1 << UInt64(suffix)) != 0
    }

    private func places(_ number: Int) -> [Place] { self.elsewhere[UInt32(truncatingIfNeeded: number)] ?? [] }

    func directories(_ number: Int, _ suffix: Int) -> [Int] {
        let held = self.isHeld(number, suffix) ? [Int(self.holdings[number].directory)] : []
        return held + self.places(number).lazy.filter { $0.suffix == suffix }.map { Int($0.directory) }
    }
}
