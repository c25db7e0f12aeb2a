/// The suffixes an index is built for, ready to split file names by them.
///
/// A file name is split into stem and suffix in one way only, by the most specific wanted suffix it ends in
/// (`P_WM.tif` is `P` + `_WM.tif`, never `P_WM` + `.tif`, when both are wanted). A question for stem and suffix is put
/// together to the file name and split in the same way, so either spelling finds the file.
struct WantedSuffixes: Sendable {
    /// What a name must end in: `head`, anything, `tail` where there is a gap, else `tail` alone.
    private struct Pattern {
        var head: [UInt8]
        var tail: [UInt8]
        var hasGap: Bool
    }

    /// Most specific first.
    private let patterns: [Pattern]

    /// Where a name is split, and by which pattern.
    struct Split {
        var stemLength: Int
        /// Index into `literals` where the pattern has no gap, so that its text need not be looked up.
        var literal: Int?
    }

    /// - Parameter suffixes: each as its literal pieces in order; what stands for a job parameter or a wildcard lies
    ///   between two pieces. `["_WM.tif"]`, `["_FM_", "_PW.tif"]`.
    init(_ suffixes: [[String]]) {
        var patterns: [Pattern] = []
        for pieces in suffixes {
            let tail = Array((pieces.last ?? "").utf8)
            let head = pieces.count > 1 ? Array((pieces.first ?? "").utf8) : []
            // Without a head there is nothing to find the start of the suffix by: such a file is known by its tail.
            let pattern = Pattern(head: head, tail: tail, hasGap: !head.isEmpty)
            if !patterns.contains(where: { $0.head == head && $0.tail == tail }) { patterns.append(pattern) }
        }
        self.patterns = patterns.sorted {
            let (a, b) = ($0.head.count + $0.tail.count, $1.head.count + $1.tail.count)
            if a != b { return a > b }
            if $0.tail != $1.tail { return $0.tail.lexicographicallyPrecedes($1.tail) }
            return $0.head.lexicographicallyPrecedes($1.head)
        }
    }

    /// The suffixes without a gap, at the number `Split.literal` gives; nil for the others.
    var literals: [[UInt8]?] { self.patterns.map { $0.hasGap ? nil : $0.tail } }

    /// - Returns: nil for a name that ends in no wanted suffix.
    func split(_ name: UnsafeRawBufferPointer) -> Split? {
        for (number, pattern) in self.patterns.enumerated() {
            let tailStart = name.count - pattern.tail.count
            guard tailStart >= pattern.head.count, Self.holds(name, pattern.tail, at: tailStart) else { continue }
            guard pattern.hasGap else { return Split(stemLength: tailStart, literal: number) }
            var start = tailStart - pattern.head.count
            while start >= 0 {
                if Self.holds(name, pattern.head, at: start) { return Split(stemLength: start, literal: nil) }
                start -= 1
            }
        }
        return nil
    }

    private static func holds(_ name: UnsafeRawBufferPointer, _ piece: [UInt8], at offset: Int) -> Bool {
        var index = piece.count
        // From the end: `.tif` is common to nearly all, and names differ from suffixes soonest in their last letters.
        while index > 0 {
            index -= 1
            if name[offset + index] != piece[index] { return false }
        }
        return true
    }
}
