import FoundationEssentials

/// Finds the text of `job_parameters` in a page that `JSONDecoder` has already accepted.
///
/// A decoder gives values, not their text, and the manifest is to record what the service said: `30` and `30.0`, and
/// the order of keys.
enum JobParameterScanner {
    /// - Returns: by job id, the JSON object in one line, without white space between its parts; only such as parse.
    static func parameters(of ids: Set<String>, in body: [UInt8]) -> [String: String] {
        var scanner = Scanner(bytes: body)
        var found: [String: String] = [:]
        scanner.members { scanner, key in
            guard scanner.isText(key, "jobs") else { return scanner.skipValue() }
            scanner.elements { scanner in
                var id: Range<Int>?
                var parameters: Range<Int>?
                scanner.members { scanner, key in
                    let start = scanner.position
                    scanner.skipValue()
                    if scanner.isText(key, "job_id") { id = start..<scanner.position }
                    if scanner.isText(key, "job_parameters") { parameters = start..<scanner.position }
                }
                guard let id, let parameters, let jobID = scanner.string(id), ids.contains(jobID), found[jobID] == nil
                else { return }
                found[jobID] = scanner.compactObject(parameters)
            }
        }
        return found
    }
}

/// Walks over JSON without building values. Never leaves the bytes, whatever they hold; on nonsense it stands still at
/// the end.
private struct Scanner {
    let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Calls `body` at the value of each member of the object that begins here; it must step over the value.
    mutating func members(_ body: (inout Scanner, _ key: Range<Int>) -> Void) {
        guard self.take("{") else { return self.skipValue() }
        while !self.take("}"), self.hasMore {
            let start = self.skipSpace()
            self.skipString()
            let key = start..<self.position
            guard self.take(":") else { return self.give() }
            self.skipSpace()
            body(&self, key)
            _ = self.take(",")
        }
    }

    /// Calls `body` at each element of the list that begins here; it must step over the element.
    mutating func elements(_ body: (inout Scanner) -> Void) {
        guard self.take("[") else { return self.skipValue() }
        while !self.take("]"), self.hasMore {
            self.skipSpace()
            let start = self.position
            body(&self)
            if self.position == start { self.give() }
            _ = self.take(",")
        }
    }

    mutating func skipValue() {
        self.skipSpace()
        var depth = 0
        while self.hasMore {
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                self.position += 1
                continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                self.position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return }
                self.position += 1
                continue
            default:
                self.skipWord()
            }
            if depth == 0 { return }
        }
    }

    /// Whether the raw text in `range` is the string `text` without escapes.
    func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
        let wanted = text.withUTF8Buffer { unsafe Array($0) }
        return range.count == wanted.count + 2 && self.bytes[range.dropFirst().dropLast()].elementsEqual(wanted)
    }

    func string(_ range: Range<Int>) -> String? {
        try? JSONDecoder().decode(String.self, from: Data(self.bytes[range]))
    }

    func compactObject(_ range: Range<Int>) -> String? {
        var compact: [UInt8] = []
        compact.reserveCapacity(range.count)
        var isInString = false
        var isEscaped = false
        for byte in self.bytes[range] {
            if !isInString, byte == 0x20 || (0x09...0x0D).contains(byte) { continue }
            compact.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInString
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        guard case .object? = try? JSONDecoder().decode(JSONValue.self, from: Data(compact)) else { return nil }
        return String(validating: compact, as: UTF8.self)
    }

    private var hasMore: Bool { self.position < self.bytes.count }

    private mutating func give() { self.position = self.bytes.count }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        self.skipSpace()
        guard self.hasMore, self.bytes[self.position] == UInt8(ascii: mark) else { return false }
        self.position += 1
        return true
    }

    @discardableResult
    private mutating func skipSpace() -> Int {
        while self.hasMore, self.bytes[self.position] == 0x20 || (0x09...0x0D).contains(self.bytes[self.position]) {
            self.position += 1
        }
        return self.position
    }

    private mutating func skipString() {
        guard self.hasMore, self.bytes[self.position] == UInt8(ascii: "\"") else { return self.give() }
        self.position += 1
        while self.hasMore {
            let byte = self.bytes[self.position]
            self.position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        self.give()
    }

    /// A number, `true`, `false` or `null`.
    private mutating func skipWord() {
        while self.hasMore {
            switch self.bytes[self.position] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), 0x20, 0x09...0x0D: return
            default: self.position += 1
            }
        }
    }
}
