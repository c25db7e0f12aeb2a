import HyP3Mirror

/// The pages of the manual: one for the program, one for each of its commands, and one for configurations.
enum Manual {
    /// In the order of their sections.
    static func pages() throws -> [ManualPage] {
        let program = try ParserInfo.program()
        let commands = (program.subcommands ?? []).filter { command in
            HyP3MirrorCommand.commands.contains { $0.word == command.commandName }
        }
        return [Self.page(of: program, commands)] + commands.map { Self.page(of: $0) }
            + [Self.configurationPage, OperationsPage.page]
    }

    private static let root = "hyp3-mirror"

    private static func page(of program: ParserInfo, _ commands: [ParserInfo]) -> ManualPage {
        var page = ManualPage(Self.root, section: 1, summary: Self.clause(program.abstract))
        page.section("SYNOPSIS")
        page.paragraphs(commands.map { Self.synopsis($0) }.joined(separator: "\n"))
        page.section("COMMANDS")
        for command in commands { page.item(command.commandName, [command.abstract ?? ""]) }
        page.section("EXAMPLES")
        for example in HyP3MirrorCommand.commands.compactMap({ $0.examples.first }) { Self.add(example, to: &page) }
        page.section("DESCRIPTION")
        page.paragraphs(SettingHelp.explanation)
        page.section("EXIT STATUS")
        for status in RunStatus.allCases { page.item("\(status.rawValue)", ["\(Self.sentence(status.meaning))"]) }
        page.section("FILES")
        page.item("ARCHIVE/PREFIX/SHA256SUMS", ["Products and their digests, for sha256sum(1)."])
        page.item("ARCHIVE/PREFIX/.hyp3-mirror/", ["What hyp3-mirror remembers; losing it loses no product."])
        page.section("SEE ALSO")
        let others =
            commands.map { "hyp3-mirror-\($0.commandName)(1)" } + [
                "hyp3-mirror(5)", "hyp3-mirror-operations(7)", "sha256sum(1)",
            ]
        page.paragraphs(others.joined(separator: ", "))
        return page
    }

    private static func page(of command: ParserInfo) -> ManualPage {
        let title = "\(Self.root)-\(command.commandName)"
        var page = ManualPage(title, section: 1, summary: Self.clause(command.abstract))
        page.section("SYNOPSIS")
        page.paragraphs(Self.synopsis(command))
        let type = HyP3MirrorCommand.commands.first { $0.word == command.commandName }
        page.section("EXAMPLES")
        for example in type?.examples ?? [] { Self.add(example, to: &page) }
        page.section("OPTIONS")
        var section: String?
        let shown = (command.arguments ?? []).filter { $0.shouldDisplay }
        // What belongs to no group, first.
        for argument in shown.filter({ $0.sectionTitle == nil }) + shown.filter({ $0.sectionTitle != nil }) {
            if let title = argument.sectionTitle, title != section { page.subsection(title) }
            section = argument.sectionTitle ?? section
            page.item(Self.term(argument), [argument.abstract ?? ""])
        }
        page.section("SEE ALSO")
        page.paragraphs("hyp3-mirror(1), hyp3-mirror(5)")
        return page
    }

    private static var configurationPage: ManualPage {
        var page = ManualPage(Self.root, section: 5, summary: "configuration of a project")
        page.section("DESCRIPTION")
        page.paragraphs(ConfigurationHelp.introduction)
        for group in Setting.groups {
            page.section(group.title.uppercased())
            for setting in group.settings {
                page.item(setting.keys.joined(separator: ", "), ConfigurationHelp.lines(setting))
            }
        }
        page.section("SUFFIXES, LAYOUT, CREDENTIALS")
        page.paragraphs(SettingHelp.explanation)
        page.section("EXAMPLE")
        page.display(StarterConfiguration.shortest.split(separator: "\n").map(String.init))
        page.section("SEE ALSO")
        page.paragraphs("hyp3-mirror(1), hyp3-mirror-init(1), hyp3-mirror-operations(7)")
        return page
    }

    private static func add(_ example: CommandExample, to page: inout ManualPage) {
        page.paragraphs(Self.sentence(example.purpose))
        page.display(["    \(example.line)"])
    }

    private static func synopsis(_ command: ParserInfo) -> String {
        let positional = (command.arguments ?? []).filter { $0.kind == "positional" && $0.shouldDisplay }
        let words = positional.map { argument in
            let isOne = argument.isOptional && command.commandName == InitCommand.word
            let word = (argument.valueName ?? "").uppercased() + (argument.isRepeating && !isOne ? "..." : "")
            return argument.isOptional ? "[\(word)]" : word
        }
        let hasOptions = (command.arguments ?? []).contains { $0.kind != "positional" }
        return ([Self.root, command.commandName] + words + (hasOptions ? ["[options]"] : [])).joined(separator: " ")
    }

    private static func term(_ argument: ParserInfo.Argument) -> String {
        if argument.kind == "positional" { return (argument.valueName ?? "").uppercased() }
        let flags = (argument.names ?? []).map(\.flag).joined(separator: ", ")
        guard argument.kind == "option", let value = argument.valueName else { return flags }
        return "\(flags) \(value.uppercased())"
    }

    private static func clause(_ abstract: String?) -> String {
        let text = (abstract ?? "").hasSuffix(".") ? (abstract ?? "").dropLast() : (abstract ?? "")[...]
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private static func sentence(_ clause: String) -> String {
        clause.prefix(1).uppercased() + clause.dropFirst() + "."
    }
}
