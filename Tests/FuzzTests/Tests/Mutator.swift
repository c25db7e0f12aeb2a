import TestSupport

/// Makes inputs of a corpus by a seed: the same number of the same seed is the same input.
struct Mutator {
    private let corpus: [[UInt8]]
    private var random: SeededGenerator

    /// What parsers fall over: numbers at their limits, marks of the formats, halves of characters.
    private static let words = [
        "-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
        "4294967295", "1e999", "-0.0", "1e-999", "null", "true", "{}", "[]", "\"\"", "\\", "\\u0000", "\\ud800", "\"",
        "'",
        "<", ">", "</", "&amp;", "&#0;", "<![CDATA[", "]]>", "\n", "\r\n", "\n\n", "\t", " ", "\0", "../", "/", "//",
        "..",
        "*", "%00", "%", "+", ";", ",", ":", "#", "\u{FEFF}", "\u{202E}", "\u{1B}[2J", "\u{85}", "\u{2028}", "é", "İ",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-30T00:00:00Z", "{year}",
    ].map { Array($0.utf8) }
    private static let longest = 4096

    init(corpus: [[UInt8]], seed: UInt64) {
        self.corpus = corpus
        self.random = SeededGenerator(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var input = self.pick(self.corpus)
        for _ in 0..<Int.random(in: 1...4, using: &self.random) { self.change(&input) }
        return Array(input.prefix(Self.longest))
    }

    private mutating func pick<T>(_ all: [T]) -> T { all[Int.random(in: 0..<all.count, using: &self.random)] }

    private mutating func place(in bytes: [UInt8]) -> Int { Int.random(in: 0...bytes.count, using: &self.random) }

    /// A part of the bytes, most often a short one.
    private mutating func part(of bytes: [UInt8]) -> Range<Int> {
        let start = self.place(in: bytes)
        let longest = self.pick([1, 4, 16, bytes.count])
        return start..<min(bytes.count, start + Int.random(in: 0...longest, using: &self.random))
    }

    private mutating func change(_ input: inout [UInt8]) {
        let part = self.part(of: input)
        switch Int.random(in: 0..<9, using: &self.random) {
        case 0: input.replaceSubrange(part, with: self.pick(Self.words))
        case 1: input.insert(contentsOf: self.pick(Self.words), at: part.lowerBound)
        case 2: input.removeSubrange(part)
        case 3: input.insert(contentsOf: input[part], at: self.place(in: input))
        case 4: input.removeSubrange(part.lowerBound...)
        case 5:
            let other = self.pick(self.corpus)
            input.replaceSubrange(part, with: other[self.part(of: other)])
        case 6: for index in part { input[index] = UInt8.random(in: 0...255, using: &self.random) }
        case 7: for index in part { input[index] = self.pick([0, 1, 0x7F, 0x80, 0xFF]) }
        default:
            guard !part.isEmpty else { return }
            input[part.lowerBound] ^= 1 << UInt8.random(in: 0..<8, using: &self.random)
        }
    }
}
