/// Values of settings as text, each with where it was given; sources are merged before any value is read.
package struct SettingValues: Sendable {
    /// One setting as one source gave it.
    package struct Given: Sendable, Hashable {
        /// One, or several for a list; `true` or `false` for a flag.
        package let texts: [String]
        package let place: ConfigurationError.Place
        /// As the user wrote it, for messages.
        package let key: String
        /// What relative paths in the value are relative to.
        package let directory: String

        package init(texts: [String], place: ConfigurationError.Place, key: String, directory: String) {
            self.texts = texts
            self.place = place
            self.key = key
            self.directory = directory
        }
    }

    /// By the name of the setting.
    private var given: [String: Given] = [:]

    package init() {}

    package subscript(name: String) -> Given? {
        get { self.given[name] }
        set { self.given[name] = newValue }
    }

    /// - Parameters:
    ///   - flags: what the command line had, by the name of the setting; a flag without a value is `["true"]`, a
    ///     setting not given is left out.
    ///   - directory: the working directory.
    package static func commandLine(_ flags: [String: [String]], directory: String) -> SettingValues {
        var values = SettingValues()
        for (name, texts) in flags {
            values[name] = Given(texts: texts, place: .commandLine, key: "--\(name)", directory: directory)
        }
        return values
    }

    /// Reads the `HYP3_MIRROR_…` variables; an empty one counts as not set. Suffixes are separated by white space or
    /// commas.
    ///
    /// - Returns: the values, and the names of variables that look like ours and mean nothing.
    /// - Throws: `ConfigurationError` for a flag that is neither true nor false.
    package static func environment(
        _ environment: [String: String],
        directory: String
    ) throws(ConfigurationError) -> (values: SettingValues, unknown: [String]) {
        var values = SettingValues()
        for setting in Setting.all {
            guard let variable = setting.variable, let text = environment[variable], !text.isEmpty else { continue }
            let texts: [String]
            switch setting.kind {
            case .list: texts = text.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map(String.init)
            case .flag:
                guard let value = Self.truth(text) else {
                    throw ConfigurationError(
                        place: .environment,
                        key: variable,
                        value: text,
                        advice: "must be 1 or 0, true or false"
                    )
                }
                texts = [String(value)]
            case .text, .quantity, .names: texts = [text]
            }
            values[setting.name] = Given(texts: texts, place: .environment, key: variable, directory: directory)
        }
        let known = Set(Setting.all.compactMap(\.variable))
        let unknown = environment.keys.filter { $0.hasPrefix(Setting.variablePrefix) && !known.contains($0) }
        return (values, unknown.sorted())
    }

    /// These values, and those of `lower` where these have none.
    package func over(_ lower: SettingValues) -> SettingValues {
        var merged = self
        merged.given.merge(lower.given) { mine, _ in mine }
        return merged
    }

    private static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "yes", "on": true
        case "0", "false", "no", "off": false
        default: nil
        }
    }
}
