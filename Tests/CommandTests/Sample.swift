import ArgumentParser
import Foundation
import HyP3Mirror
import Testing

@testable import hyp3_mirror

/// Where a value is given.
enum Source: Hashable {
    case key(String)
    case variable
    case flag
}

/// Two values of a setting, and what settings come of them.
struct Sample {
    static let file = "/w/c.json"
    private static let directory = "/w"

    let setting: Setting
    /// The first one is not the default; they mean different things.
    private(set) var texts: [String] = []
    /// All settings of a project with each of the texts.
    private(set) var results: [String] = []

    /// Each setting takes at least two of them.
    private static let pool = [
        "true", "false", "never", "json", "debug", "error", "auto", "text", "2024-05-01", "2024-05-03", "_A.tif",
        ".zip",
        "{year}/{filename}", "{year}/{month}/{filename}", "https://a.example", "https://b.example", "1/8", "3/8", "7",
        "job", "product",
        "90m", "3h",
        "20M", "40", "/a", "/b", "a", "b",
    ]

    init(of setting: Setting) throws {
        self.setting = setting
        let none = try? self.result([])
        for text in Self.pool where setting.kind != .flag || ["true", "false"].contains(text) {
            guard let result = try? self.result([(.key(setting.keys[0]), text)]), !self.results.contains(result),
                !self.texts.isEmpty || result != none
            else { continue }
            self.texts.append(text)
            self.results.append(result)
        }
        try #require(
            self.texts.count >= 2,
            "add two values of --\(setting.name) to those that every setting is tried with"
        )
    }

    /// All settings of a project, as text, when some sources give this one.
    func result(_ given: [(Source, String)]) throws(ConfigurationError) -> String {
        try Self.result(given.map { (self.setting, $0.0, $0.1) }, without: self.setting)
    }

    /// All settings of a project, as text; flags go through the command's parser.
    ///
    /// - Parameter left: not given by the configuration, unless it is among those given.
    static func result(
        _ given: [(setting: Setting, source: Source, text: String)],
        without left: Setting
    ) throws(ConfigurationError) -> String {
        var document: [String: Any] = [
            "project_name": "p", "host": "https://h.example", "transfer_spec.extensions": [".nc"],
            "archive.directory": "/archive",
        ]
        for key in left.keys { document[key] = nil }
        var environment: [String: String] = [:]
        var words = [Self.file]
        for (setting, source, text) in given {
            switch source {
            case .key(let key): document[key] = Self.json(text, setting.kind)
            case .variable: environment[setting.variable ?? ""] = text
            case .flag where setting.kind == .flag: words += text == "true" ? [setting.flag ?? ""] : []
            case .flag: words += [setting.flag ?? "", text]
            }
        }
        var flags: [String: [String]] = [:]
        if words.count > 1 { flags = (try? SyncCommand.parse(words))?.options.given ?? [:] }
        let settings = try ProjectSettings(
            file: try ConfigurationFile(text: Self.text(document), path: Self.file, workingDirectory: Self.directory),
            flags: .commandLine(flags, directory: Self.directory),
            environment: try SettingValues.environment(environment, directory: Self.directory).values,
            now: Date(timeIntervalSince1970: 1_722_500_000)
        )
        return "\(settings)"
    }

    private static func json(_ text: String, _ kind: Setting.Kind) -> Any {
        switch kind {
        case .flag: ["true": true, "false": false][text] ?? text
        case .list, .names: [text]
        case .text, .quantity: text
        }
    }

    /// Keys with dots become objects in objects.
    private static func text(_ document: [String: Any]) -> String {
        var top: [String: Any] = [:]
        for (path, value) in document {
            let parts = path.split(separator: ".").map(String.init)
            if parts.count == 1 {
                top[path] = value
            } else {
                var object = top[parts[0]] as? [String: Any] ?? [:]
                object[parts[1]] = value
                top[parts[0]] = object
            }
        }
        let data = (try? JSONSerialization.data(withJSONObject: top)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}
