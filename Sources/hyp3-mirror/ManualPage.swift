import HyP3Mirror

/// A page of the manual, in the language of man(7).
struct ManualPage {
    /// `hyp3-mirror-sync.1`
    let name: String
    private(set) var lines: [String]

    /// - Parameter summary: for the first line of the page and for apropos(1): a clause that begins with a small letter.
    init(_ title: String, section: Int, summary: String) {
        self.name = "\(title).\(section)"
        let program = Self.escaped("hyp3-mirror")
        let head = [
            Self.escaped(title.uppercased()), String(section), Version.day, "\(program) \(Version.text)", program,
        ]
        // Long paths and addresses stay in one piece, so lines cannot be of one length.
        self.lines = [".TH " + head.map { "\"\($0)\"" }.joined(separator: " "), ".ad l", ".nh"]
        self.section("NAME")
        self.lines.append("\(Self.escaped(title)) \\- \(Self.escaped(summary))")
    }

    /// With its end.
    var text: String { self.lines.joined(separator: "\n") + "\n" }

    mutating func section(_ title: String) { self.lines.append(".SH \(Self.escaped(title))") }

    mutating func subsection(_ title: String) { self.lines.append(".SS \(Self.escaped(title))") }

    /// Paragraphs, parted by empty lines; a paragraph of several lines keeps them.
    mutating func paragraphs(_ text: String) {
        for paragraph in text.split(separator: "\n\n") {
            self.beginParagraph()
            let lines = paragraph.split(separator: "\n")
            self.lines += lines.enumerated().flatMap {
                ($0.offset > 0 ? [".br"] : []) + [Self.line(String($0.element))]
            }
        }
    }

    /// A line in bold, and what it means.
    mutating func item(_ term: String, _ meaning: [String]) {
        self.lines += [".TP", Self.bold(term)]
        for (number, line) in meaning.enumerated() { self.lines += (number > 0 ? [".br"] : []) + [Self.line(line)] }
    }

    /// Text as it is.
    mutating func display(_ lines: [String]) {
        self.beginParagraph()
        self.lines += [".nf"] + lines.map { Self.line($0) } + [".fi"]
    }

    private mutating func beginParagraph() {
        let last = self.lines.last ?? ""
        if !last.hasPrefix(".SH "), !last.hasPrefix(".SS ") { self.lines.append(".PP") }
    }

    private static func bold(_ text: String) -> String { "\\fB\(Self.escaped(text))\\fR" }

    /// A line of text; one that begins with a dot or an apostrophe would be a request.
    private static func line(_ text: String) -> String {
        let text = Self.escaped(text)
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
    }

    /// A hyphen of ASCII, which is what somebody will type, is written as a minus sign.
    ///
    /// A long path or address may be broken behind its marks.
    private static func escaped(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            Self.escaped(word: word, isBreakable: word.count > 40)
        }.joined(separator: " ")
    }

    private static func escaped(word: Substring, isBreakable: Bool) -> String {
        var escaped = ""
        for character in word {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            case "`": escaped += "\\(ga"
            case "^": escaped += "\\(ha"
            case "~": escaped += "\\(ti"
            case "\"": escaped += "\\(dq"
            case "…": escaped += "..."
            case "/", "&", "?": escaped += isBreakable ? "\(character)\\:" : "\(character)"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
