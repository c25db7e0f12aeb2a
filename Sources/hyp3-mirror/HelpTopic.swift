import HyP3Mirror

/// What `hyp3-mirror help` tells besides the commands.
enum HelpTopic {
    case configuration
    /// The names of all pages of the manual.
    case manual
    /// A page of the manual.
    case page(ManualPage)

    /// What users ask for by other words.
    private static let names = ["config", "man"]

    /// - Parameter words: without the program's own name.
    /// - Returns: nil where they ask for no topic of these.
    /// - Throws: `MistakenWord`.
    static func asked(for words: [String]) throws -> HelpTopic? {
        guard words.first == "help", words.count > 1 else { return nil }
        switch (words[1], words.dropFirst(2).first) {
        case ("config", nil): return .configuration
        case ("man", nil): return .manual
        case ("man", let name?) where words.count == 3:
            let pages = try Manual.pages()
            if let page = pages.first(where: { $0.name == name }) { return .page(page) }
            let nearest = NearestName.nearest(to: name, among: pages.map(\.name)) ?? "hyp3-mirror.1"
            throw MistakenWord(
                sentence: "the manual has no page \(ForeignText.quoted(name)); did you mean \(nearest)?"
            )
        default: break
        }
        let commands = HyP3MirrorCommand.commands.map { $0.word }
        if commands.contains(words[1]) || words[1].hasPrefix("-") { return nil }
        let known = commands + Self.names
        let there = "there is no help on \(ForeignText.quoted(words[1]))"
        if Self.names.contains(words[1]) {
            throw MistakenWord(sentence: "help \(words[1]) takes no \(ForeignText.quoted(words[2]))")
        }
        guard let meant = NearestName.slip(of: words[1], among: known) else {
            throw MistakenWord(sentence: "\(there); there is help on \(known.joined(separator: ", "))")
        }
        throw MistakenWord(sentence: "\(there); did you mean help \(meant)?")
    }

    /// Without its end.
    func text() throws -> String {
        switch self {
        case .configuration: ConfigurationHelp.text
        case .manual: try Manual.pages().map(\.name).joined(separator: "\n")
        case .page(let page): String(page.text.dropLast())
        }
    }
}
