import FoundationEssentials

/// One setting of a project: all that its flag, variable, configuration key, default and help need to know of it.
package struct Setting: Sendable {
    /// What a value may be in JSON.
    package enum Kind: Sendable {
        case text
        /// Text or a number.
        case quantity
        case flag
        /// One text or a list of them.
        case list
        /// As a list, but one text of a variable is one element: names of jobs may hold any character.
        case names
    }

    /// What a value may be, for whoever completes a line.
    package enum Values: Sendable, Hashable {
        case any
        case file
        case directory
        case choice([String])
    }

    /// Where a setting may be given; each case has those before it.
    package enum Reach: Sendable {
        case file
        case variable
        case flag
    }

    /// What its value is read with.
    struct Reading {
        let given: SettingValues.Given
        /// Of all settings.
        let values: SettingValues
        /// What relative times are relative to.
        let now: Date

        func error(_ text: String, _ advice: String) -> ConfigurationError {
            ConfigurationError(place: self.given.place, key: self.given.key, value: text, advice: advice)
        }

        /// What `read` takes the text for; what it refuses is told with its place.
        func value<Value>(
            _ text: String,
            _ read: (String) throws(InvalidValue) -> Value
        ) throws(ConfigurationError) -> Value {
            do throws(InvalidValue) {
                return try read(text)
            } catch {
                throw self.error(text, error.advice)
            }
        }
    }

    typealias Read = @Sendable (Reading, inout ProjectSettings) throws(ConfigurationError) -> Void

    /// `limit-rate`
    package let name: String
    package let kind: Kind
    /// What help calls its value; nil for a flag.
    package let valueName: String?
    /// A sentence: what it is for.
    package let about: String
    /// What its value may be.
    package let values: Values
    /// A value that it may have, as a user would write it: one text, or those of a list.
    package let example: [String]
    /// As `about`, with its default, and with its key where the flag does not tell it.
    package let help: String
    /// What counts where no source gives it, as a user would write it; nil for nothing, or false.
    package let defaultText: String?
    /// Its keys in a configuration, with the objects around them; a later one beats an earlier one.
    package let keys: [String]
    private let reach: Reach
    /// What it must be; nil where it may be left out.
    private let requirement: String?
    private let read: Read

    init(
        _ name: String,
        kind: Kind,
        valueName: String?,
        help: String,
        default defaultText: String? = nil,
        required requirement: String? = nil,
        keys: [String]? = nil,
        reach: Reach = .flag,
        values: Values = .any,
        example: [String] = [],
        read: @escaping Read
    ) {
        self.name = name
        self.kind = kind
        self.valueName = valueName
        self.defaultText = defaultText
        self.requirement = requirement
        let ownKey = "archive.\(Self.withUnderscores(name))"
        self.keys = keys ?? [ownKey]
        let other = reach == .flag && self.keys[0] != ownKey ? "in a configuration: \(self.keys[0])" : nil
        let notes = [other, defaultText.map { "default: \($0)" }].compactMap { $0 }
        self.about = help
        self.values = values
        self.example = example.isEmpty ? [defaultText ?? "true"] : example
        self.help = notes.isEmpty ? help : "\(help.dropLast()) (\(notes.joined(separator: "; ")))."
        self.reach = reach
        self.read = read
    }

    /// Whether a configuration to begin with has it: each project must, or should.
    package var isRequired: Bool { self.requirement != nil || self.kind == .names }

    /// `--limit-rate`; nil where the command line does not have it.
    package var flag: String? { self.reach == .flag ? "--\(self.name)" : nil }

    /// `HYP3_MIRROR_LIMIT_RATE`; nil where the environment does not have it.
    package var variable: String? {
        self.reach == .file ? nil : Self.variablePrefix + Self.withUnderscores(self.name).uppercased()
    }

    package static let variablePrefix = "HYP3_MIRROR_"

    private static func withUnderscores(_ name: String) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }

    /// Sets in `settings` what the sources gave, or the default.
    ///
    /// - Parameters:
    ///   - file: the configuration file, named where nothing was given at all.
    ///   - now: what relative times are relative to.
    func set(
        _ settings: inout ProjectSettings,
        from values: SettingValues,
        file: String,
        now: Date
    ) throws(ConfigurationError) {
        let fallback = self.defaultText.map {
            SettingValues.Given(texts: [$0], place: .file(file), key: self.keys[0], directory: "/")
        }
        let given = values[self.name] ?? fallback
        if let given, !given.texts.isEmpty {
            try self.read(Reading(given: given, values: values, now: now), &settings)
        } else if let requirement = self.requirement {
            throw ConfigurationError(
                place: given?.place ?? .file(file),
                key: given?.key ?? self.keys[0],
                value: nil,
                advice: given == nil ? "\(requirement), here or as \(self.usage)" : requirement
            )
        }
    }

    /// `--archive DIR`
    private var usage: String { "--\(self.name)\(self.valueName.map { " \($0.uppercased())" } ?? "")" }
}

extension Setting {
    /// All, in the order of the groups. A setting may look at those before it.
    package static let all = Self.groups.flatMap { $0.settings }

    package static let groups: [any SettingGroup.Type] = [
        ProjectGroup.self, SelectionGroup.self, ServiceGroup.self, TransferGroup.self, OutputGroup.self,
        HookGroup.self, MessageGroup.self,
    ]
}
