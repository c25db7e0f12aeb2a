import FoundationEssentials

/// Walks over a JSON text (RFC 8259) and gives the place of each value, so that a page of jobs is read without building
/// what nobody uses, and the text of a value can be kept as the service wrote it.
///
/// Everything it steps over is checked: a document that it walks through is JSON, but for the UTF-8 of strings, which
/// `text(_:)` checks.
struct JSONReader {
    /// The text is not JSON at `position`.
    struct Malformed: Error {
        let position: Int
    }

    let bytes: [UInt8]
    private(set) var position: Int

    /// Nested deeper than any page of jobs; deeper recursion could use up the stack.
    private static let deepest = 64

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The first byte of the value that comes next; nil at the end.
    mutating func peek() -> UInt8? {
        self.skipSpace()
        return self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    /// Calls `body` before the value of each member of the object that comes next. It must read or skip the value.
    mutating func members(
        _ body: (inout JSONReader, _ key: Range<Int>) throws(Malformed) -> Void
    ) throws(Malformed) {
        try self.take(UInt8(ascii: "{"))
        if self.takes(UInt8(ascii: "}")) { return }
        repeat {
            self.skipSpace()
            let start = self.position
            try self.skipString()
            let key = start..<self.position
            try self.take(UInt8(ascii: ":"))
            try body(&self, key)
        } while self.takes(UInt8(ascii: ","))
        try self.take(UInt8(ascii: "}"))
    }

    /// Calls `body` before each element of the list that comes next. It must read or skip the element.
    mutating func elements(_ body: (inout JSONReader) throws(Malformed) -> Void) throws(Malformed) {
        try self.take(UInt8(ascii: "["))
        if self.takes(UInt8(ascii: "]")) { return }
        repeat {
            try body(&self)
        } while self.takes(UInt8(ascii: ","))
        try self.take(UInt8(ascii: "]"))
    }

    /// Steps over the value that comes next and gives its place.
    mutating func value() throws(Malformed) -> Range<Int> {
        self.skipSpace()
        let start = self.position
        try self.skipValue(depth: 0)
        return start..<self.position
    }

    /// Steps over white space to the end of the text.
    mutating func end() throws(Malformed) {
        self.skipSpace()
        if self.position < self.bytes.count { throw self.malformed }
    }

    private var malformed: Malformed { Malformed(position: self.position) }

    private mutating func skipSpace() {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case 0x20, 0x09, 0x0A, 0x0D: self.position += 1
            default: return
            }
        }
    }

    private mutating func takes(_ mark: UInt8) -> Bool {
        guard self.peek() == mark else { return false }
        self.position += 1
        return true
    }

    private mutating func take(_ mark: UInt8) throws(Malformed) {
        guard self.takes(mark) else { throw self.malformed }
    }

    private mutating func skipValue(depth: Int) throws(Malformed) {
        guard depth < Self.deepest else { throw self.malformed }
        switch self.peek() {
        case UInt8(ascii: "\""): try self.skipString()
        case UInt8(ascii: "{"):
            self.position += 1
            if self.takes(UInt8(ascii: "}")) { return }
            repeat {
                self.skipSpace()
                try self.skipString()
                try self.take(UInt8(ascii: ":"))
                try self.skipValue(depth: depth + 1)
            } while self.takes(UInt8(ascii: ","))
            try self.take(UInt8(ascii: "}"))
        case UInt8(ascii: "["):
            self.position += 1
            if self.takes(UInt8(ascii: "]")) { return }
            repeat {
                try self.skipValue(depth: depth + 1)
            } while self.takes(UInt8(ascii: ","))
            try self.take(UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try self.skipWord("true")
        case UInt8(ascii: "f"): try self.skipWord("false")
        case UInt8(ascii: "n"): try self.skipWord("null")
        default: try self.skipNumber()
        }
    }

    private mutating func skipString() throws(Malformed) {
        guard self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: "\"") else {
            throw self.malformed
        }
        self.position += 1
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.position += 1
                return
            case UInt8(ascii: "\\"): try self.skipEscape()
            case 0..<0x20: throw self.malformed
            default: self.position += 1
            }
        }
        throw self.malformed
    }

    private mutating func skipEscape() throws(Malformed) {
        guard self.position + 1 < self.bytes.count else { throw self.malformed }
        switch self.bytes[self.position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position += 2
        case UInt8(ascii: "u"):
            guard self.position + 6 <= self.bytes.count,
                self.bytes[self.position + 2..<self.position + 6].allSatisfy(\.isHexDigit)
            else { throw self.malformed }
            self.position += 6
        default: throw self.malformed
        }
    }

    private mutating func skipWord(_ word: String) throws(Malformed) {
        guard self.bytes[self.position...].starts(with: word.utf8) else { throw self.malformed }
        self.position += word.utf8.count
    }

    private mutating func skipNumber() throws(Malformed) {
        if self.isNext(UInt8(ascii: "-")) { self.position += 1 }
        if self.isNext(UInt8(ascii: "0")) {
            self.position += 1
        } else {
            try self.skipDigits()
        }
        if self.isNext(UInt8(ascii: ".")) {
            self.position += 1
            try self.skipDigits()
        }
        if self.isNext(UInt8(ascii: "e")) || self.isNext(UInt8(ascii: "E")) {
            self.position += 1
            if self.isNext(UInt8(ascii: "+")) || self.isNext(UInt8(ascii: "-")) { self.position += 1 }
            try self.skipDigits()
        }
    }

    private func isNext(_ mark: UInt8) -> Bool {
        self.position < self.bytes.count && self.bytes[self.position] == mark
    }

    private mutating func skipDigits() throws(Malformed) {
        let start = self.position
        while self.position < self.bytes.count, self.bytes[self.position] &- UInt8(ascii: "0") < 10 {
            self.position += 1
        }
        if self.position == start { throw self.malformed }
    }
}

// MARK: - Values

extension JSONReader {
    /// Whether the value at `place` is null.
    func isNull(_ place: Range<Int>) -> Bool { self.bytes[place.lowerBound] == UInt8(ascii: "n") }

    /// The text of the string at `place`; nil for a value of another type and for broken UTF-8.
    func text(_ place: Range<Int>) -> String? {
        guard self.bytes[place.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inside = self.bytes[place.dropFirst().dropLast()]
        if inside.contains(UInt8(ascii: "\\")) {
            return try? JSONDecoder().decode(String.self, from: Data(self.bytes[place]))
        }
        return String(validating: inside, as: UTF8.self)
    }

    /// The whole number at `place`, rounded where it is none; nil for a value of another type and beyond `Int64`.
    func integer(_ place: Range<Int>) -> Int64? {
        guard let text = self.source(place), text.utf8.first != UInt8(ascii: "\"") else { return nil }
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded()) }
    }

    /// The value at `place` as the service wrote it, without white space between its parts; nil for broken UTF-8.
    func source(_ place: Range<Int>) -> String? {
        var compact: [UInt8] = []
        compact.reserveCapacity(place.count)
        var isInString = false
        var isEscaped = false
        for byte in self.bytes[place] {
            if !isInString, byte == 0x20 || (0x09...0x0D).contains(byte) { continue }
            compact.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        return String(validating: compact, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
