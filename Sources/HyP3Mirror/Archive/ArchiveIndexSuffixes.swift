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
        /// The last eight bytes of `tail` as one word, and which of its bytes count: nearly every pattern that does not
        /// fit is told by one comparison, which is what keeps a million names below the cost of reading them.
        var ending: UInt64
        var endingMask: UInt64

        init(head: [UInt8], tail: [UInt8]) {
            self.head = head
            self.tail = tail
            // Without a head there is nothing to find the start of the suffix by: such a file is known by its tail.
            self.hasGap = !head.isEmpty
            self.ending = 0
            self.endingMask = 0
            for byte in tail.suffix(8) {
                self.ending = self.ending >> 8 | UInt64(byte) << 56
                self.endingMask = self.endingMask >> 8 | 0xFF << 56
            }
        }
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
            let pattern = Pattern(head: head, tail: tail)
            if !patterns.contains(where: { $0.head == head && $0.tail == tail }) { patterns.append(pattern) }
        }
        self.patterns = patterns.sorted {
            let (a, b) = ($0.head.count + $0.tail.count, $1.head.count + $1.tail.count)
            if a != b { return a > b }
            if $0.tail != $1.tail { return $0.tail.lexicographicallyPrecedes($1.tail) }
            return $0.head.lexicographicallyPrecedes($1.head)
        }
    }

    /// What stands for job parameters is a gap; what lies between two parameters is not looked at.
    init(_ templates: [SuffixTemplate]) {
        self.init(
            templates.map { template in
                let literals = template.parts.map { part in
                    if case .literal(let text) = part { text } else { "" }
                }
                guard template.parts.count > 1 || template.parameters.isEmpty else { return ["", ""] }
                return literals.count == 1 ? literals : [literals.first ?? "", literals.last ?? ""]
            }
        )
    }

    /// The suffixes without a gap, at the number `Split.literal` gives; nil for the others.
    var literals: [[UInt8]?] { self.patterns.map { $0.hasGap ? nil : $0.tail } }

    /// - Returns: nil for a name that ends in no wanted suffix.
    func split(_ name: UnsafeRawBufferPointer) -> Split? {
        let ending = Self.lastWord(of: name)
        return self.patterns.withUnsafeBufferPointer { patterns in
            for number in patterns.indices where patterns[number].ending == ending & patterns[number].endingMask {
                if let split = Self.split(name, by: patterns[number], number: number) { return split }
            }
            return nil
        }
    }

    private static func split(_ name: UnsafeRawBufferPointer, by pattern: Pattern, number: Int) -> Split? {
        let tailStart = name.count - pattern.tail.count
        guard tailStart >= pattern.head.count, Self.holds(name, pattern.tail, at: tailStart) else { return nil }
        guard pattern.hasGap else { return Split(stemLength: tailStart, literal: number) }
        var start = tailStart - pattern.head.count
        while start >= 0 {
            if Self.holds(name, pattern.head, at: start) { return Split(stemLength: start, literal: nil) }
            start -= 1
        }
        return nil
    }

    /// The last eight bytes, the very last in the highest place; zeros before a shorter name.
    private static func lastWord(of name: UnsafeRawBufferPointer) -> UInt64 {
        if name.count >= 8 {
            return UInt64(littleEndian: name.loadUnaligned(fromByteOffset: name.count - 8, as: UInt64.self))
        }
        return name.reduce(0) { $0 >> 8 | UInt64($1) << 56 }
    }

    private static func holds(_ name: UnsafeRawBufferPointer, _ piece: [UInt8], at offset: Int) -> Bool {
        for index in piece.indices where name[offset + index] != piece[index] { return false }
        return true
    }
}
