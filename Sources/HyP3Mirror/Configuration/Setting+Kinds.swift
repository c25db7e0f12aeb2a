import FoundationEssentials
import SystemPackage

/// Entries of the table, by the kind of value that they set.
extension Setting {
    typealias Path<Value> = WritableKeyPath<ProjectSettings, Value> & Sendable

    /// - Parameters:
    ///   - path: what it sets.
    ///   - read: the value that a text means.
    static func value<Value>(
        _ name: String,
        _ valueName: String,
        _ path: any Path<Value>,
        kind: Kind = .text,
        default defaultText: String? = nil,
        required requirement: String? = nil,
        keys: [String]? = nil,
        reach: Reach = .flag,
        values: Values = .any,
        example: String? = nil,
        help: String,
        read: @escaping @Sendable (String) throws(InvalidValue) -> Value
    ) -> Setting {
        Setting(
            name,
            kind: kind,
            valueName: valueName,
            help: help,
            default: defaultText,
            required: requirement,
            keys: keys,
            reach: reach,
            values: values,
            example: example.map { [$0] } ?? []
        ) { reading, settings throws(ConfigurationError) in
            guard let text = reading.given.texts.last else { return }
            settings[keyPath: path] = try reading.value(text, read)
        }
    }

    /// - Parameter value: what the flag sets; its opposite is set where a variable or a configuration says no.
    static func flag(_ name: String, _ path: any Path<Bool>, to value: Bool = true, help: String) -> Setting {
        Setting(name, kind: .flag, valueName: nil, help: help) { reading, settings in
            settings[keyPath: path] = (reading.given.texts.last == "true") == value
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ name: String,
        _ valueName: String,
        _ path: any Path<Value>,
        default defaultText: String,
        help: String
    ) -> Setting where Value.RawValue == String {
        Self.value(
            name,
            valueName,
            path,
            default: defaultText,
            values: .choice(Value.allCases.map(\.rawValue)),
            help: help
        ) { text throws(InvalidValue) in
            guard let choice = Value(rawValue: text.lowercased()) else {
                let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
                throw InvalidValue("must be one of \(choices)")
            }
            return choice
        }
    }

    /// A path, absolute or relative to its source's directory.
    static func path<Value>(
        _ name: String,
        _ valueName: String,
        _ path: any Path<Value>,
        required requirement: String? = nil,
        keys: [String]? = nil,
        example: String,
        help: String,
        as value: @escaping @Sendable (String) -> Value
    ) -> Setting {
        Setting(
            name,
            kind: .text,
            valueName: valueName,
            help: help,
            required: requirement,
            keys: keys,
            values: valueName == "dir" ? .directory : .file,
            example: [example]
        ) { reading, settings throws(ConfigurationError) in
            guard let text = reading.given.texts.last else { return }
            guard !text.isEmpty, !text.utf8.contains(0) else { throw reading.error(text, "must be a path") }
            guard !text.hasPrefix("~") else {
                throw reading.error(text, "must be a path in full; only a shell knows what ~ means")
            }
            let given = FilePath(text)
            let full = given.isAbsolute ? given : FilePath(reading.given.directory).appending(given.components)
            settings[keyPath: path] = value(full.string)
        }
    }

    static func path(
        _ name: String,
        _ valueName: String,
        _ path: any Path<String?>,
        example: String,
        help: String
    ) -> Setting {
        Self.path(name, valueName, path, example: example, help: help, as: { $0 })
    }

    /// One end of a window of time.
    ///
    /// - Parameter start: for an end, the start of the same window, and the setting that gives it.
    static func moment(
        _ name: String,
        _ path: any Path<Date?>,
        notBefore start: (name: String, path: any Path<Date?>)? = nil,
        keys: [String]? = nil,
        example: String,
        help: String
    ) -> Setting {
        Setting(name, kind: .text, valueName: "when", help: help, keys: keys, example: [example]) {
            reading,
            settings throws(ConfigurationError) in
            guard let text = reading.given.texts.last else { return }
            let date = try reading.value(text) { text throws(InvalidValue) in
                try When.instant(text, edge: start == nil ? .start : .end, now: reading.now)
            }
            settings[keyPath: path] = date
            guard let start, let from = settings[keyPath: start.path], date < from,
                let other = reading.values[start.name]
            else { return }
            throw reading.error(
                text,
                "must not be before \(other.key) \(ForeignText.quoted(other.texts.last ?? "")): "
                    + "\(CivilTime(date).text) is before \(CivilTime(from).text)"
            )
        }
    }

    /// - Parameters:
    ///   - read: the element that a text means, after those before it.
    ///   - value: what the elements make.
    static func list<Element, Value>(
        _ name: String,
        _ valueName: String,
        _ path: any Path<Value>,
        required requirement: String? = nil,
        keys: [String]? = nil,
        reach: Reach = .flag,
        example: [String],
        help: String,
        as value: @escaping @Sendable ([Element]) -> Value,
        read: @escaping @Sendable (String, [Element]) throws(InvalidValue) -> Element
    ) -> Setting {
        Setting(
            name,
            kind: .list,
            valueName: valueName,
            help: help,
            required: requirement,
            keys: keys,
            reach: reach,
            example: example
        ) { reading, settings throws(ConfigurationError) in
            var elements: [Element] = []
            for text in reading.given.texts {
                let earlier = elements
                elements.append(
                    try reading.value(text) { text throws(InvalidValue) in try read(text, earlier) }
                )
            }
            settings[keyPath: path] = value(elements)
        }
    }
}
