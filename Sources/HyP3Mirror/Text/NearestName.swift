/// Finds the name somebody probably meant.
package enum NearestName {
    /// The name with the least edits from `text`, whatever the case; the first of equals. Nil for an empty list.
    package static func nearest(to text: String, among names: some Sequence<String>) -> String? {
        let wanted = Array(text.lowercased().unicodeScalars.prefix(64))
        var best: (name: String, edits: Int)?
        for name in names {
            let edits = Self.edits(wanted, Array(name.lowercased().unicodeScalars.prefix(64)))
            if edits < best?.edits ?? Int.max { best = (name, edits) }
        }
        return best?.name
    }

    /// The name that `text` is a slip of the pen from: written another way (`startDate`, `START-DATE`), or one edit off, or
    /// two in a name of eight letters and more. Nil where it is one of the names, or near none.
    package static func slip(of text: String, among names: some Collection<String>) -> String? {
        guard !names.contains(text) else { return nil }
        let wanted = Self.letters(text)
        return names.first { name in
            let letters = Self.letters(name)
            return Self.edits(wanted, letters) <= (letters.count < 8 ? 1 : 2)
        }
    }

    private static func letters(_ name: String) -> [Unicode.Scalar] {
        name.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != " " }.prefix(64).map { $0 }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func edits(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1], current[column]) + 1
                cost = min(cost, last[column] + (scalar == other ? 0 : 1))
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
