/// Reads ASCII digits and marks from the front of a text.
struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) {
        self.rest = Substring(text).utf8
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    /// Exactly `count` digits (at most 18), or nil and nothing consumed.
    mutating func number(_ count: Int) -> Int? {
        var value = 0
        var index = self.rest.startIndex
        for _ in 0..<count {
            guard index < self.rest.endIndex else { return nil }
            let digit = self.rest[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
            self.rest.formIndex(after: &index)
        }
        self.rest = self.rest[index...]
        return value
    }

    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: mark) else { return false }
        self.rest.removeFirst()
        return true
    }

    /// Skips every digit that follows and says how many they were.
    mutating func skipDigits() -> Int {
        let digits = self.rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
        self.rest = self.rest[digits.endIndex...]
        return digits.count
    }
}
