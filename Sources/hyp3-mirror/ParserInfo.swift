import ArgumentParser
import Foundation

/// What the parser knows of a command: the one source of manual pages, so that they cannot tell of another program.
struct ParserInfo: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            /// `--limit-rate`, or `-h`.
            var flag: String { (self.kind == "long" ? "--" : "-") + self.name }
        }

        let kind: String
        let shouldDisplay: Bool
        let sectionTitle: String?
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?
    }

    private struct Tool: Decodable {
        let command: ParserInfo
    }

    let commandName: String
    let abstract: String?
    let subcommands: [ParserInfo]?
    let arguments: [Argument]?

    /// Of the whole program.
    static func program() throws -> ParserInfo {
        try JSONDecoder().decode(Tool.self, from: Data(HyP3MirrorCommand._dumpHelp().utf8)).command
    }
}
