/// Ranges of an object, kept in order and joined where they touch.
struct Spans: Sendable, Hashable {
    private(set) var ranges: [Range<Int64>] = []

    init() {}

    /// - Parameter ranges: in any order, may overlap.
    init(_ ranges: [Range<Int64>]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) { self.insert(range) }
    }

    var isEmpty: Bool { self.ranges.isEmpty }

    mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        // The first that ends at or after the new one's start, and the first that begins behind its end.
        let first = self.index { $0.upperBound >= range.lowerBound }
        let last = self.index { $0.lowerBound > range.upperBound }
        guard first < last else { return self.ranges.insert(range, at: first) }
        let joined =
            min(
                range.lowerBound,
                self.ranges[first].lowerBound
            )..<max(
                range.upperBound,
                self.ranges[last - 1].upperBound
            )
        self.ranges.replaceSubrange(first..<last, with: CollectionOfOne(joined))
    }

    /// Takes up to `most` bytes from `start` on out, if they are in.
    mutating func take(from start: Int64, most: Int64) -> Range<Int64>? {
        // What lies before is of no more use.
        while let first = self.ranges.first, first.upperBound <= start { self.ranges.removeFirst() }
        guard let first = self.ranges.first, first.lowerBound <= start else { return nil }
        let end = min(first.upperBound, start + most)
        if end == first.upperBound { self.ranges.removeFirst() } else { self.ranges[0] = end..<first.upperBound }
        return start..<end
    }

    /// The place of the first range that fulfils `isPast`, which all later ones do, too.
    private func index(where isPast: (Range<Int64>) -> Bool) -> Int {
        var (low, high) = (0, self.ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(self.ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
