/// The projects of a configuration that is not of one: names, and patterns of names in which `*` stands for any characters.
package struct NameSelection: Sendable, Hashable, CustomStringConvertible {
    /// Empty for all.
    package let patterns: [String]

    package init(_ patterns: [String] = []) { self.patterns = patterns }

    /// Whether HyP3 need not be asked what names there are.
    package var isExact: Bool { !self.patterns.isEmpty && !self.patterns.contains { Self.isPattern($0) } }

    static func isPattern(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "*")) }

    package func contains(_ name: String) -> Bool {
        self.patterns.isEmpty || self.patterns.contains { Self.matches(Array($0.utf8), Array(name.utf8)) }
    }

    /// In time that grows with the product of both lengths at most: after a failure only the last star tries again.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (at, next) = (0, 0)
        // Behind the last star, and where the name went on then.
        var again: (pattern: Int, name: Int)?
        while next < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                again = (at + 1, next)
                at += 1
            } else if at < pattern.count, pattern[at] == name[next] {
                (at, next) = (at + 1, next + 1)
            } else if let star = again {
                again = (star.pattern, star.name + 1)
                (at, next) = (star.pattern, star.name + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// For messages.
    package var description: String {
        if self.patterns.isEmpty { return "all names" }
        return self.patterns.map { ForeignText.shown($0) }.joined(separator: ", ")
    }
}
