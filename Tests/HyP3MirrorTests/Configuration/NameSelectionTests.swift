import Testing

@testable import HyP3Mirror

struct NameSelectionTests {
    static let cases: [(patterns: [String], yes: [String], no: [String])] = [
        (["HKH*"], ["HKH", "HKHwatermaps", "HKH *"], ["hkh", "aHKH", ""]),
        (["*"], ["", "a", "a/b"], []),
        (["*a*b"], ["ab", "xaxb", "abab"], ["ba", "abc"]),
        (["a", "b*"], ["a", "b", "bc"], ["ab", "c"]),
        ([], ["whatever"], []),
        (["*ü"], ["ü", "aü"], ["u"]),
        (["[a]?*"], ["[a]?", "[a]?b"], ["a", "ab"]),
    ]

    @Test(arguments: cases.indices) func `a star stands for any characters, and nothing else is special`(row: Int) {
        let (patterns, yes, no) = Self.cases[row]
        let selection = NameSelection(patterns)
        for name in yes { #expect(selection.contains(name), "\(patterns) \(name)") }
        for name in no { #expect(!selection.contains(name), "\(patterns) \(name)") }
    }

    @Test func `a pattern that was made to take long does not`() {
        let name = String(repeating: "a", count: 100)
        let pattern = String(repeating: "*a", count: 49) + "*b"
        #expect(!NameSelection([pattern]).contains(name))
    }
}
