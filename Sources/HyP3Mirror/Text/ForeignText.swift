/// Text that others wrote (names of jobs and files, words of services, paths, arguments), made fit to be shown: on one
/// line, in the order it has, with nothing in it that cannot be seen.
///
/// Whatever a program shows of such text goes through here: control characters drive a terminal or forge a line,
/// bidirectional controls turn `gpj.exe` round, and characters of no width make two names look the same.
package enum ForeignText {
    /// `text` with U+FFFD for every character that may mislead.
    package static func shown(_ text: String) -> String { self.replacing(text) { _ in "\u{FFFD}" } }

    /// The text of a JSON document with every character that may mislead written as `\u202e`: the same document.
    package static func json(_ text: String) -> String {
        self.replacing(text) { scalar in scalar == "\n" ? "\n" : String(scalar).utf16.map(Self.escape).joined() }
    }

    /// `text` in double quotes, with `\n`, `\"` and `\u{202e}` for what may mislead, cut after `limit` characters; the
    /// user part of a URL is left out, because it may hold a password.
    package static func quoted(_ text: String, limit: Int = 120) -> String {
        let all = Self.withoutUserPart(text).unicodeScalars
        let escaped = all.prefix(limit).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        let line = self.replacing(escaped) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            default: "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return "\"\(line)\(all.count > limit ? "…" : "")\""
    }

    /// `text` with what stands between `//` and `@` left out.
    package static func withoutUserPart(_ text: String) -> String {
        guard let slashes = text.firstRange(of: "//") else { return text }
        let authority = text[slashes.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return text[..<slashes.upperBound] + "…" + text[at...]
    }

    private static func replacing(_ text: String, _ replacement: (Unicode.Scalar) -> String) -> String {
        guard text.utf8.contains(where: { !(0x20..<0x7F).contains($0) }) else { return text }
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if Self.misleads(scalar, after: previous) {
                result.append(contentsOf: replacement(scalar).unicodeScalars)
            } else {
                result.append(scalar)
            }
            previous = scalar
        }
        return String(result)
    }

    private static func misleads(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.value {
        case 0x200C, 0x200D, 0xFE00...0xFE0F:
            // Nepali and many other scripts are written with joiners, emoji with both; after a Latin letter they show
            // nothing, and one of them after another shows nothing either.
            return previous.isASCII || previous.properties.isDefaultIgnorableCodePoint
        case 0xFFF9...0xFFFB: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
