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
    /// `\"` and `\\`, macros are skipped, unknown words too.
    package init(_ text: String) {
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
                if word == "machine" { machine = words.value() ?? "" }
            case "login": login = words.value()
            case "password": password = words.value().map { Secret($0) }
            case "account": _ = words.value()
            case "macdef": words.skipMacro()
            default: continue
            }
        }
        close()
        self.entries = entries
    }

    /// The entry for `host`, whatever the case: the first of its machine, or the default one if that comes before.
    package func entry(for host: String) -> Entry? {
        self.entries.first { $0.machine.map { $0.lowercased() == host.lowercased() } ?? true }
    }

    private struct Words {
        private var rest: Substring

        init(_ text: String) { self.rest = Substring(text) }

        mutating func keyword() -> String? {
            while true {
                self.rest = self.rest.drop(while: \.isWhitespace)
                guard self.rest.first == "#" else { break }
                self.rest = self.rest.drop { !$0.isNewline }
            }
            return self.word()
        }

        mutating func value() -> String? {
            self.rest = self.rest.drop(while: \.isWhitespace)
            return self.rest.first == "\"" ? self.quoted() : self.word()
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

        private mutating func quoted() -> String {
            self.rest.removeFirst()
            var value = ""
            while let character = self.rest.popFirst(), character != "\"" {
                value.append(character == "\\" ? self.rest.popFirst() ?? character : character)
            }
            return value
        }
    }
}
