/// Takes the options out of a parsed configuration and refuses what has the wrong type.
struct ProjectFileReader {
    let path: String
    /// What relative paths in the file are relative to.
    let directory: String

    /// - Parameter top: the whole document. Keys of ASF's that mean nothing to an archive are let pass.
    func read(_ top: [String: JSONValue]) throws(ConfigurationError) -> (values: OptionValues, prefix: String?) {
        try self.refuseSlips(top, parent: "", ours: Self.topKeys, theirs: ["job_spec", "search_parameters"])
        var values = OptionValues()
        try self.set(.name, from: top, "project_name", parent: "", in: &values)
        try self.set(.host, from: top, "host", parent: "", in: &values)
        let transfer = try self.object(top, "transfer_spec")
        try self.refuseSlips(transfer, parent: "transfer_spec.", ours: Self.transferKeys, theirs: ["target_bucket"])
        if case .string? = transfer["extensions"] {
            throw self.error("transfer_spec.extensions", transfer["extensions"], "must be a list of suffixes")
        }
        try self.set(.suffix, from: transfer, "extensions", parent: "transfer_spec.", in: &values)
        try self.set(.start, from: transfer, "start_date", parent: "transfer_spec.", in: &values)
        let archive = try self.object(top, "archive")
        let known = OptionName.allCases.map(\.key)
        for key in archive.keys.sorted() where !known.contains(key) {
            let nearest = NearestName.nearest(to: key, among: known) ?? "directory"
            throw self.error("archive.\(key)", nil, "there is no such key; did you mean \"\(nearest)\"?")
        }
        for name in OptionName.allCases {
            try self.set(name, from: archive, name.key, parent: "archive.", in: &values)
        }
        return (values, try self.text(transfer, "target_prefix", parent: "transfer_spec."))
    }

    private static let topKeys = ["project_name", "host", "transfer_spec", "archive"]
    private static let transferKeys = ["extensions", "target_prefix", "start_date"]

    /// Keys that mean nothing here are ASF's own business, unless they are one of ours, misspelt or in the wrong place:
    /// what they were to say would be lost in silence.
    private func refuseSlips(
        _ object: [String: JSONValue],
        parent: String,
        ours: [String],
        theirs: [String]
    ) throws(ConfigurationError) {
        for key in object.keys.sorted() where !theirs.contains(key) {
            if let meant = NearestName.slip(of: key, among: ours) {
                throw self.error("\(parent)\(key)", nil, "there is no such key; did you mean \"\(meant)\"?")
            }
            let place =
                switch key {
                case "project_name", "transfer_spec", "archive": ""
                case "extensions", "target_prefix", "start_date": "transfer_spec."
                case "directory", "layout": "archive."
                default: parent
                }
            guard place != parent else { continue }
            throw self.error("\(parent)\(key)", nil, "means nothing here; did you mean \(place)\(key)?")
        }
    }

    private func set(
        _ name: OptionName,
        from object: [String: JSONValue],
        _ key: String,
        parent: String,
        in values: inout OptionValues
    ) throws(ConfigurationError) {
        guard let value = object[key], value != .null else { return }
        let full = parent + key
        values[name] = OptionValues.Given(
            texts: try self.texts(value, kind: name.kind, key: full),
            place: .file(self.path),
            key: full,
            directory: self.directory
        )
    }

    private func texts(
        _ value: JSONValue,
        kind: OptionName.Kind,
        key: String
    ) throws(ConfigurationError) -> [String] {
        switch (kind, value) {
        case (.text, .string(let text)), (.quantity, .string(let text)), (.list, .string(let text)): return [text]
        case (.quantity, .integer(let number)): return [String(number)]
        case (.flag, .bool(let truth)): return [String(truth)]
        case (.list, .array(let items)):
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
        case (.list, _): throw self.error(key, value, "must be a list of suffixes, and is \(value.kind)")
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

    private func text(
        _ object: [String: JSONValue],
        _ key: String,
        parent: String
    ) throws(ConfigurationError) -> String? {
        switch object[key] {
        case nil, .null: return nil
        case .string(let text): return text
        case .some(let other): throw self.error(parent + key, other, "must be text, and is \(other.kind)")
        }
    }

    private func error(_ key: String, _ value: JSONValue?, _ advice: String) -> ConfigurationError {
        ConfigurationError(place: .file(self.path), key: key, value: value?.excerpt, advice: advice)
    }
}
