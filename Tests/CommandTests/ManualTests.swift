import ArgumentParser
import Foundation
import HyP3Mirror
import Testing

@testable import hyp3_mirror

/// Help, manual, completions and starter configuration are made from the table of settings and from the parser: all of
/// them tell of all of it.
@Suite struct `Manual and completions` {
    private static let projectCommands = HyP3MirrorCommand.commands.compactMap { $0 as? any ProjectCommand.Type }

    private static func page(_ name: String) throws -> String {
        let page = try #require(try hyp3_mirror.Manual.pages().first { $0.name == name }, "\(name)")
        return Self.plain(page.text)
    }

    /// A page as its reader sees it, without requests.
    private static func plain(_ roff: String) -> String {
        let escapes = [
            "\\-": "-", "\\(aq": "'", "\\(dq": "\"", "\\(ti": "~", "\\fB": "", "\\fR": "", "\\&": "", "\\:": "",
            "\\e": "\\",
        ]
        var text = roff
        for (escape, character) in escapes.sorted(by: { $0.key > $1.key }) {
            text = text.replacing(escape, with: character)
        }
        return text
    }

    @Test func `each command has a page, and each page is named by the program's`() throws {
        let names = try hyp3_mirror.Manual.pages().map(\.name)
        let commands = HyP3MirrorCommand.commands.map { "hyp3-mirror-\($0.word).1" }
        #expect(names == ["hyp3-mirror.1"] + commands + ["hyp3-mirror.5", "hyp3-mirror-operations.7"])
        let first = try Self.page("hyp3-mirror.1")
        for name in names.dropFirst() {
            #expect(first.contains("\(name.dropLast(2))(\(name.suffix(1)))"), "\(name)")
        }
        for status in RunStatus.allCases { #expect(first.contains("\n\(status.rawValue)\n"), "\(status)") }
    }

    @Test func `the page of operations says of each alert what to do, and names options that there are`() throws {
        let page = try Self.page("hyp3-mirror-operations.7")
        let alerts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../config/alerts.yml").standardizedFileURL
        let text = try String(contentsOf: alerts, encoding: .utf8)
        let names = text.matches(of: /- alert: (\w+)/).map { String($0.output.1) }
        #expect(names.count >= 8)
        for name in names { #expect(page.contains("\n\(name)\n"), "\(name)") }
        // Those of sha256sum, rsync, systemctl and journalctl are others'.
        let others = ["--check", "--info", "--now", "--since"]
        let known = HyP3MirrorCommand.commands.flatMap { $0.flags.keys } + ["--version"]
        for match in page.matches(of: /--[a-z][a-z-]+/) where !others.contains(String(match.output)) {
            #expect(known.contains(String(match.output)), "\(match.output)")
        }
        for match in page.matches(of: /archive\.([a-z_]+)/) {
            #expect(Setting.all.contains { $0.keys.contains(String(match.output.0)) }, "\(match.output.0)")
        }
    }

    @Test(arguments: Setting.all.map(\.name))
    func `every setting is in help config, and on the pages of the commands that take it`(name: String) throws {
        let setting = try #require(Setting.all.first { $0.name == name })
        let configuration = try Self.page("hyp3-mirror.5")
        let help = ConfigurationHelp.text
        let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for key in setting.keys {
            #expect(help.contains(key) && configuration.contains(key), "\(key)")
        }
        #expect(words.contains(setting.about) && configuration.contains(setting.about))
        for other in [setting.flag, setting.variable].compactMap(\.self) {
            #expect(words.contains(other) && configuration.contains(other), "\(other)")
        }
        for command in Self.projectCommands {
            let settings = command.groups.flatMap { $0.settings }
            guard let flag = setting.flag, settings.contains(where: { $0.name == name }) else { continue }
            let page = try Self.page("hyp3-mirror-\(command.word).1")
            let term = "\(flag)\(setting.valueName.map { " \($0.uppercased())" } ?? "")"
            #expect(page.contains("\n\(term)\n\(setting.help)\n"), "\(command.word) \(term)")
        }
    }

    @Test(arguments: [CompletionShell.bash, .zsh, .fish])
    func `completions know every option`(shell: CompletionShell) {
        let script = HyP3MirrorCommand.completionScript(for: shell)
        for command in HyP3MirrorCommand.commands {
            #expect(script.contains(command.word))
            for flag in command.flags.keys {
                #expect(script.contains(shell == .fish ? "-l '\(flag.dropFirst(2))'" : flag), "\(flag)")
            }
        }
        for setting in Setting.all where setting.flag != nil {
            guard case .choice(let values) = setting.values else { continue }
            for value in values { #expect(script.contains(value), "\(setting.name) \(value)") }
        }
    }

    @Test(arguments: HyP3MirrorCommand.commands.map { $0.word })
    func `each command teaches by examples that it can read`(word: String) throws {
        let command = try #require(HyP3MirrorCommand.commands.first { $0.word == word })
        #expect(!command.examples.isEmpty)
        let help = command.helpMessage(columns: 10_000)
        let page = try Self.page("hyp3-mirror-\(word).1")
        for example in command.examples {
            #expect(help.contains(example.line) && help.contains(example.purpose))
            #expect(page.contains(example.line), "\(example.line)")
            let words = Self.words(example.line)
            #expect(words.prefix(2) == ["hyp3-mirror", word])
            #expect(MistakenWord.first(in: Array(words.dropFirst())) == nil, "\(example.line)")
            #expect(throws: Never.self) { try HyP3MirrorCommand.parseAsRoot(Array(words.dropFirst())) }
        }
    }

    /// The words of the first command of a shell's line.
    private static func words(_ line: String) -> [String] {
        let command = line.split(separator: /[|>]/).first ?? ""
        var words: [String] = []
        var isQuoted = false
        for part in command.split(separator: "'", omittingEmptySubsequences: false) {
            if isQuoted { words.append(String(part)) } else { words += part.split(separator: " ").map(String.init) }
            isQuoted.toggle()
        }
        return words
    }

    @Test func `help on what there is none of names the nearest`() throws {
        for (words, part) in [
            (["help", "synk"], "help sync"), (["help", "confg"], "help config"), (["help", "xyzzy"], "config, man"),
            (["help", "man", "hyp3-mirror-int.1"], "hyp3-mirror-init.1"), (["help", "config", "x"], "takes no"),
        ] {
            let mistake = #expect(throws: MistakenWord.self) { try HelpTopic.asked(for: words) }
            #expect(mistake?.sentence.contains(part) == true, "\(words): \(mistake?.sentence ?? "")")
        }
        for words in [["help"], ["help", "sync"], ["sync", "config"], []] {
            #expect(try HelpTopic.asked(for: words) == nil)
        }
    }
}

/// What `init` writes.
@Suite struct `Starter configuration` {
    private static func settings(_ text: String) throws -> String {
        let file = try ConfigurationFile(text: text, path: "/w/c.json", workingDirectory: "/w")
        let none = SettingValues()
        return "\(try ProjectSettings(file: file, flags: none, environment: none, now: .now))"
    }

    private static func lines() -> [String] { StarterConfiguration().text.components(separatedBy: "\n") }

    /// Places of the settings that stand in comments.
    private static var comments: [Int] { Self.lines().indices.filter { Self.lines()[$0].contains("// \"") } }

    @Test func `it is valid as it is, and so is each key of its comments, and all of them`() throws {
        let lines = Self.lines()
        let plain = try Self.settings(lines.joined(separator: "\n"))
        let places = Self.comments
        #expect(places.count == Setting.all.count { !$0.isRequired })
        var all = lines
        for place in places {
            var one = lines
            one[place] = one[place].replacing("// ", with: "")
            all[place] = one[place]
            let changed = try Self.settings(one.joined(separator: "\n"))
            let isDefault = Setting.all.contains {
                $0.defaultText == $0.example[0] && one[place].contains($0.member($0.example))
            }
            #expect((changed != plain) != isDefault, "\(one[place])")
        }
        #expect(try Self.settings(all.joined(separator: "\n")) != plain)
        for line in lines where !line.contains("https://") { #expect(line.count <= 110, "\(line)") }
    }

    @Test func `what is known already is set, whatever characters it has`() throws {
        let given = [
            "name": ["a\"b\\c\u{7}\u{2028}ü"], "suffix": ["_a.tif", ".zip"], "quiet": ["true"], "min-free": ["5G"],
            "report": ["r.json"], "target-prefix": ["p"],
        ]
        let starter = try StarterConfiguration(given, at: "sub/c.json", workingDirectory: "/w")
        let file = try ConfigurationFile(text: starter.text, path: "/w/sub/c.json", workingDirectory: "/w")
        #expect(file.values["name"]?.texts == given["name"])
        #expect(file.values["suffix"]?.texts == ["_a.tif", ".zip"])
        #expect(file.values["quiet"]?.texts == ["true"] && file.values["min-free"]?.texts == ["5G"])
        // It was meant from where it was typed.
        #expect(file.values["report"]?.texts == ["/w/r.json"])
        let beside = try StarterConfiguration(["report": ["r.json"]], at: "c.json", workingDirectory: "/w")
        #expect(beside.text.contains("\"report\": \"r.json\""))
    }

    @Test func `a wrong value is the command line's`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try StarterConfiguration(["min-free": ["much"]], at: "c.json", workingDirectory: "/w")
        }
        #expect(error?.isUsageError == true && error?.key == "--min-free")
    }
}
