import HyP3Mirror

/// All keys of a configuration, each with what it is for and the other ways to say it.
enum ConfigurationHelp {
    static let introduction = """
        A configuration is a JSON file of a project; comments (// and /* */) and commas after the last member are allowed. \
        ASF's own project files work as they are: keys that mean nothing to an archive are ignored there, but for one that \
        is nearly one of these. hyp3-mirror init writes one to begin with.

        Keys with a dot lie in an object: archive.layout is layout in "archive". An option of the command line beats the \
        variable, the variable beats the configuration, and of several keys for one thing the last counts. Relative paths \
        in a configuration are relative to its directory.
        """

    /// As `hyp3-mirror help config` tells it.
    static var text: String {
        var blocks = Self.introduction.split(separator: "\n\n").map { Self.wrapped(String($0), indent: 0) }
        for group in Setting.groups {
            blocks.append(group.title.uppercased())
            for setting in group.settings {
                let lines = Self.lines(setting).map { Self.wrapped($0, indent: 4) }
                blocks.append(([setting.keys.joined(separator: ", ")] + lines).joined(separator: "\n"))
            }
        }
        blocks.append("The shortest that does:\n\n\(StarterConfiguration.shortest)")
        return blocks.joined(separator: "\n\n")
    }

    /// What is to be said of a setting below its keys.
    static func lines(_ setting: Setting) -> [String] {
        var lines = [setting.about]
        if let text = setting.defaultText { lines.append("Default: \(text)") }
        if case .choice(let values) = setting.values { lines.append("One of: \(values.joined(separator: ", "))") }
        let object = setting.parent.isEmpty ? "" : "\"\(setting.parent)\": "
        let member = setting.member(setting.example)
        lines.append("Example: \(object.isEmpty ? member : "\(object){\(member)}")")
        let others = [setting.flag, setting.variable].compactMap(\.self)
        if !others.isEmpty { lines.append("Also: \(others.joined(separator: ", "))") }
        return lines
    }

    private static let width = 80

    private static func wrapped(_ text: String, indent: Int) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].isEmpty {
                lines[lines.count - 1] = String(repeating: " ", count: indent) + word
            } else if lines[lines.count - 1].count + 1 + word.count <= Self.width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(repeating: " ", count: indent) + word)
            }
        }
        return lines.joined(separator: "\n")
    }
}
