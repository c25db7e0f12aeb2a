import FoundationEssentials
import SystemPackage

/// Reads typed settings out of merged option values and says where a wrong one came from.
struct SettingReader {
    let values: OptionValues
    /// The configuration file, named where nothing was given at all.
    let file: String

    func refuseOthers(than accepted: Set<OptionName>) throws(ConfigurationError) {
        let others = self.values.names.subtracting(accepted).sorted { $0.rawValue < $1.rawValue }
        guard let first = others.first, let given = self.values[first] else { return }
        throw self.error(given, nil, "this command has no such option")
    }

    /// The value of an option as `read` understands it; nil where no source gives it.
    func value<T>(
        _ name: OptionName,
        _ read: (String) throws(InvalidValue) -> T
    ) throws(ConfigurationError) -> T? {
        guard let given = self.values[name], let text = given.texts.last else { return nil }
        do throws(InvalidValue) {
            return try read(text)
        } catch {
            throw self.error(given, text, error.advice)
        }
    }

    /// - Parameters:
    ///   - key: where the configuration file should have it.
    ///   - advice: what it should be.
    func required<T>(
        _ name: OptionName,
        key: String,
        _ advice: String,
        _ read: (String) throws(InvalidValue) -> T
    ) throws(ConfigurationError) -> T {
        if let value = try self.value(name, read) { return value }
        throw ConfigurationError(
            place: .file(self.file),
            key: key,
            value: nil,
            advice: "\(advice), here or as \(name.flag)"
        )
    }

    func flag(_ name: OptionName) -> Bool { self.values[name]?.texts.last == "true" }

    func choice<T: RawRepresentable & CaseIterable>(
        _ name: OptionName
    ) throws(ConfigurationError) -> T? where T.RawValue == String {
        try self.value(name) { text throws(InvalidValue) in
            guard let choice = T(rawValue: text.lowercased()) else {
                let choices = T.allCases.map(\.rawValue).joined(separator: ", ")
                throw InvalidValue("must be one of \(choices)")
            }
            return choice
        }
    }

    /// The path that an option names, relative to its source's directory.
    func path(_ name: OptionName) throws(ConfigurationError) -> String? {
        guard let given = self.values[name] else { return nil }
        return try self.value(name) { text throws(InvalidValue) in
            guard !text.isEmpty, !text.utf8.contains(0) else { throw InvalidValue("must be a path") }
            guard !text.hasPrefix("~") else {
                throw InvalidValue("must be a path in full; only a shell knows what ~ means")
            }
            let path = FilePath(text)
            return path.isAbsolute ? path.string : FilePath(given.directory).appending(path.components).string
        }
    }

    func window(
        _ start: OptionName,
        _ end: OptionName,
        now: Date
    ) throws(ConfigurationError) -> ProjectSettings.Window {
        let from = try self.value(start) { text throws(InvalidValue) in
            try When.instant(text, edge: .start, now: now)
        }
        let to = try self.value(end) { text throws(InvalidValue) in try When.instant(text, edge: .end, now: now) }
        if let from, let to, to < from, let given = self.values[end], let other = self.values[start] {
            throw self.error(
                given,
                given.texts.last,
                "must not be before \(other.key) \(ForeignText.quoted(other.texts.last ?? "")): "
                    + "\(CivilTime(to).text) is before \(CivilTime(from).text)"
            )
        }
        return ProjectSettings.Window(start: from, end: to)
    }

    func suffixes() throws(ConfigurationError) -> [SuffixTemplate] {
        guard let given = self.values[.suffix], !given.texts.isEmpty else {
            let place = self.values[.suffix]?.place ?? .file(self.file)
            throw ConfigurationError(
                place: place,
                key: self.values[.suffix]?.key ?? "transfer_spec.extensions",
                value: nil,
                advice: "must list at least one suffix, as in [\"_VV.tif\", \".zip\"]"
            )
        }
        var suffixes: [SuffixTemplate] = []
        for text in given.texts {
            do throws(InvalidValue) {
                let suffix = try SuffixTemplate(text)
                guard !suffixes.contains(suffix) else { throw InvalidValue("must be there once only") }
                suffixes.append(suffix)
            } catch {
                throw self.error(given, text, error.advice)
            }
        }
        return suffixes
    }

    /// The shell patterns that an option lists.
    func patterns(_ name: OptionName) throws(ConfigurationError) -> [String] {
        guard let given = self.values[name] else { return [] }
        for text in given.texts {
            let bare = text.utf8.filter { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "*") }
            guard !bare.isEmpty, !bare.contains(0), bare != [UInt8(ascii: ".")] else {
                throw self.error(given, text, "must be the name of a directory, or a pattern like old-*")
            }
        }
        return given.texts
    }

    private func error(_ given: OptionValues.Given, _ value: String?, _ advice: String) -> ConfigurationError {
        ConfigurationError(place: given.place, key: given.key, value: value, advice: advice)
    }
}
