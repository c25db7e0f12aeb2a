import FoundationEssentials

/// How a configuration says a setting.
extension Setting {
    /// The object around its first key, `transfer_spec` for `transfer_spec.extensions`; empty for the document itself.
    package var parent: String {
        self.keys[0].split(separator: ".").dropLast().joined(separator: ".")
    }

    /// `"limit_rate": "20M"`
    ///
    /// - Parameter texts: the value, one text or those of a list.
    package func member(_ texts: [String]) -> String {
        let key = self.keys[0].split(separator: ".").last.map(String.init) ?? self.keys[0]
        return "\(Self.quoted(key)): \(self.json(texts))"
    }

    private func json(_ texts: [String]) -> String {
        switch self.kind {
        case .flag: texts.last ?? "true"
        case .names where texts.count == 1: Self.quoted(texts[0])
        case .list, .names: "[\(texts.map { Self.quoted($0) }.joined(separator: ", "))]"
        case .text, .quantity: Self.quoted(texts.last ?? "")
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
