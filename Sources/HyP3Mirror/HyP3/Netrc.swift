/// A `.netrc` file: users and passwords by machine (the format of ftp(1), as curl and Python read it).
package struct Netrc: Sendable {
    package struct Entry: Sendable {
        /// nil is the `default` entry.
        package let machine: String?
        package let login: String?
        package let password: Secret?
    }

    package let entries: [Entry]

    /// Reads the text of a file. Comments begin with `#` where a keyword may stand, values may be in double quotes with
    /// `\"` and `\\`, macros are skipped, unknown words too; a byte order mark at the beginning says nothing.
    ///
    /// - Throws: `InvalidValue` where a quote is not closed, with its line: what follows could be anything.
    package init(_ text: String) throws(InvalidValue) {
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        var words = Words(text)
        var entries: [Entry] = []
        var machine: String?
        var login: String?
        var password: Secret?
        var isOpen = false
        func close() {
            if isOpen { entries.append(Entry(machine: machine, login: login, password: password)) }
        }
        while let word = words.keyword() {
            switch word {
            case "machine", "default":
                close()
                (machine, login, password, isOpen) = (nil, nil, nil, true)
                if word == "machine" { machine = try words.value() ?? "" }
            case "login", "user": login = try words.value()
            case "password": password = try words.value().map { Secret($0) }
            case "account": _ = try words.value()
            case "macdef": words.skipMacro()
            default: continue
            }
        }
        close()
        self.entries = entries
    }

    /// The entry for `host`, whatever the case: the last of its machine, or the last default one where there is none.
    package func entry(for host: String) -> Entry? {
        self.named(host).last ?? self.entries.last { $0.machine == nil }
    }

    /// The entries of a machine, in their order.
    package func named(_ host: String) -> [Entry] {
        self.entries.filter { $0.machine?.lowercased() == host.lowercased() }
    }

    private struct Words {
        private let text: String
        private var rest: Substring

        init(_ text: String) {
            self.text = text
            self.rest = Substring(text)
        }

        mutating func keyword() -> String? {
            while true {
                self.rest = self.rest.drop(while: \.isWhitespace)
                guard self.rest.first == "#" else { break }
                self.rest = self.rest.drop { !$0.isNewline }
            }
            return self.word()
        }

        mutating func value() throws(InvalidValue) -> String? {
            self.rest = self.rest.drop(while: \.isWhitespace)
            return self.rest.first == "\"" ? try self.quoted() : self.word()
        }

        /// A macro ends at the first empty line.
        mutating func skipMacro() {
            var sawNewline = false
            while let character = self.rest.popFirst() {
                if character.isNewline {
                    if sawNewline { return }
                    sawNewline = true
                } else if !character.isWhitespace {
                    sawNewline = false
                }
            }
        }

        private mutating func word() -> String? {
            let word = self.rest.prefix { !$0.isWhitespace }
            self.rest = self.rest[word.endIndex...]
            return word.isEmpty ? nil : String(word)
        }

        private mutating func quoted() throws(InvalidValue) -> String {
            let line = 1 + self.text[..<self.rest.startIndex].count { $0.isNewline }
            self.rest.removeFirst()
            var value = ""
            while let character = self.rest.popFirst() {
                if character == "\"" { return value }
                value.append(character == "\\" ? self.rest.popFirst() ?? character : character)
            }
            throw InvalidValue("has a quote in line \(line) that is not closed")
        }
    }
}
