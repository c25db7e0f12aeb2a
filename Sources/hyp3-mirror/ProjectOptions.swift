import ArgumentParser
import HyP3Mirror

/// What a command about projects takes: configurations, and options made from the table of settings, group by group.
///
/// swift-argument-parser asks the mirror of a type what it takes. The mirror of this type, and of its groups, shows it an
/// option for each setting; their values are read by the library, which says where a wrong one came from.
struct ProjectOptions<Command: ProjectCommand>: ParsableArguments, CustomReflectable {
    /// Paths of configurations.
    private(set) var configurations: [String] = []
    /// The settings that were given, by name.
    private(set) var given: [String: [String]] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: SettingKey.self)
        self.configurations = try container.decode([String].self, forKey: .configurations)
        for group in Command.groups {
            self.given.merge(try Self.given(of: group, in: container)) { first, _ in first }
        }
    }

    var customMirror: Swift.Mirror {
        let files = CompletionKind.file(extensions: ["json"])
        let configurations =
            Command.needsArgument
            ? Argument<[String]>(help: Command.argument, completion: files)
            : Argument<[String]>(wrappedValue: [], help: Command.argument, completion: files)
        let first = (label: SettingKey.configurations.stringValue, value: configurations) as Swift.Mirror.Child
        return Swift.Mirror(self, children: [first] + Command.groups.map { Self.child($0) })
    }

    private static func child<Group: SettingGroup>(_ group: Group.Type) -> Swift.Mirror.Child {
        (label: group.title, value: OptionGroup<SettingGroupOptions<Group>>(title: group.title))
    }

    private static func given<Group: SettingGroup>(
        of group: Group.Type,
        in container: KeyedDecodingContainer<SettingKey>
    ) throws -> [String: [String]] {
        let key = SettingKey(stringValue: group.title)
        return try container.decode(OptionGroup<SettingGroupOptions<Group>>.self, forKey: key).wrappedValue.given
    }
}

/// The options of one group.
private struct SettingGroupOptions<Group: SettingGroup>: ParsableArguments, CustomReflectable {
    private(set) var given: [String: [String]] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: SettingKey.self)
        for setting in Group.settings where setting.flag != nil {
            let key = SettingKey(stringValue: setting.name)
            let texts: [String] =
                switch setting.kind {
                case .flag: try container.decode(Bool.self, forKey: key) ? ["true"] : []
                case .list, .names: try container.decode([String].self, forKey: key)
                case .text, .quantity: try container.decodeIfPresent(String.self, forKey: key).map { [$0] } ?? []
                }
            if !texts.isEmpty { self.given[setting.name] = texts }
        }
    }

    var customMirror: Swift.Mirror {
        let children = Group.settings.filter { $0.flag != nil }.map { (label: $0.name, value: Self.option($0)) }
        return Swift.Mirror(self, children: children)
    }

    private static func option(_ setting: Setting) -> Any {
        let name = NameSpecification.customLong(setting.name)
        let help = ArgumentHelp("\(setting.help)", valueName: setting.valueName)
        return switch setting.kind {
        case .flag: Flag<Bool>(wrappedValue: false, name: name, help: help)
        case .list, .names:
            Option<[String]>(wrappedValue: [], name: name, help: help, completion: Self.completion(setting))
        case .text, .quantity: Option<String?>(name: name, help: help, completion: Self.completion(setting))
        }
    }

    private static func completion(_ setting: Setting) -> CompletionKind {
        switch setting.values {
        case .any: .list([])
        case .file: .file()
        case .directory: .directory
        case .choice(let values): .list(values)
        }
    }
}

/// The name of a setting, or the title of a group.
private struct SettingKey: CodingKey {
    static let configurations = SettingKey(stringValue: "configurations")

    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
