/// Takes the options out of a parsed configuration and refuses what has the wrong type.
struct ProjectFileReader {
    let path: String
    /// What relative paths in the file are relative to.
    let directory: String

    /// - Parameter top: the whole document. Keys of ASF's that mean nothing to an archive are let pass.
    func read(_ top: [String: JSONValue]) throws(ConfigurationError) -> SettingValues {
        try self.refuseSlips(top, parent: "", theirs: ["job_spec", "search_parameters"])
        let transfer = try self.object(top, "transfer_spec")
        try self.refuseSlips(transfer, parent: "transfer_spec.", theirs: ["target_bucket"])
        let archive = try self.object(top, "archive")
        let known = Self.keys(in: "archive.")
        for key in archive.keys.sorted() where !known.contains(key) {
            let nearest = NearestName.nearest(to: key, among: known) ?? "directory"
            throw self.error("archive.\(key)", nil, "there is no such key; did you mean \"\(nearest)\"?")
        }
        var values = SettingValues()
        for setting in Setting.all {
            for path in setting.keys {
                let (parent, key) = Self.parts(of: path)
                let object = parent == "archive." ? archive : parent == "transfer_spec." ? transfer : top
                guard let value = object[key], value != .null else { continue }
                values[setting.name] = SettingValues.Given(
                    texts: try self.texts(value, kind: setting.kind, key: path),
                    place: .file(self.path),
                    key: path,
                    directory: self.directory
                )
            }
        }
        return values
    }

    /// `transfer_spec.extensions` is `extensions` in `transfer_spec.`; the document itself is the empty parent.
    private static func parts(of path: String) -> (parent: String, key: String) {
        guard let dot = path.firstIndex(of: ".") else { return ("", path) }
        return (String(path[...dot]), String(path[path.index(after: dot)...]))
    }

    /// Ours in one of the objects, those of objects included.
    private static func keys(in parent: String) -> [String] {
        let paths = Setting.all.flatMap(\.keys).map { Self.parts(of: $0) }
        let own = paths.filter { $0.parent == parent }.map(\.key)
        return parent.isEmpty ? own + ["transfer_spec", "archive"] : own
    }

    /// Keys that mean nothing here are ASF's own business, unless they are one of ours, misspelt or in the wrong place:
    /// what they were to say would be lost in silence.
    private func refuseSlips(
        _ object: [String: JSONValue],
        parent: String,
        theirs: [String]
    ) throws(ConfigurationError) {
        let ours = Self.keys(in: parent)
        for key in object.keys.sorted() where !theirs.contains(key) && !ours.contains(key) {
            if let meant = NearestName.slip(of: key, among: ours) {
                throw self.error("\(parent)\(key)", nil, "there is no such key; did you mean \"\(meant)\"?")
            }
            guard let place = Self.place(of: key) else { continue }
            throw self.error("\(parent)\(key)", nil, "means nothing here; did you mean \(place)\(key)?")
        }
    }

    /// Where a key belongs; nil for one that is not ours, or a plain word that may well be ASF's, too.
    private static func place(of key: String) -> String? {
        let isPlain = !key.contains("_") && !["archive", "directory", "extensions", "layout"].contains(key)
        return isPlain ? nil : ["", "transfer_spec.", "archive."].first { Self.keys(in: $0).contains(key) }
    }

    private func texts(
        _ value: JSONValue,
        kind: Setting.Kind,
        key: String
    ) throws(ConfigurationError) -> [String] {
        switch (kind, value) {
        // ASF's own lists are lists.
        case (.list, .string) where !key.hasPrefix("archive."): throw self.error(key, value, "must be a list of texts")
        case (.text, .string(let text)), (.quantity, .string(let text)), (.list, .string(let text)),
            (.names, .string(let text)):
            return [text]
        case (.quantity, .integer(let number)): return [String(number)]
        case (.flag, .bool(let truth)): return [String(truth)]
        case (.names, .array([])):
            throw self.error(key, value, "must have at least one name, or be left out for all of the account")
        case (.list, .array(let items)), (.names, .array(let items)):
            var texts: [String] = []
            for (index, item) in items.enumerated() {
                guard case .string(let text) = item else {
                    throw self.error("\(key)[\(index)]", item, "must be text, and is \(item.kind)")
                }
                texts.append(text)
            }
            return texts
        case (.text, _): throw self.error(key, value, "must be text, and is \(value.kind)")
        case (.quantity, _): throw self.error(key, value, "must be text or a whole number, and is \(value.kind)")
        case (.flag, _): throw self.error(key, value, "must be true or false, and is \(value.kind)")
        case (.names, _): throw self.error(key, value, "must be text or a list of texts, and is \(value.kind)")
        case (.list, _): throw self.error(key, value, "must be a list of texts, and is \(value.kind)")
        }
    }

    private func object(
        _ top: [String: JSONValue],
        _ key: String
    ) throws(ConfigurationError) -> [String: JSONValue] {
        switch top[key] {
        case nil, .null: return [:]
        case .object(let object): return object
        case .some(let other): throw self.error(key, other, "must be an object, and is \(other.kind)")
        }
    }

    private func error(_ key: String, _ value: JSONValue?, _ advice: String) -> ConfigurationError {
        ConfigurationError(place: .file(self.path), key: key, value: value?.excerpt, advice: advice)
    }
}
