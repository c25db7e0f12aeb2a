/// Which wanted suffix a product came of.
struct SuffixColumns {
    /// As configured.
    let configured: [String]
    private let templates: [SuffixTemplate]

    init(_ templates: [SuffixTemplate]) {
        var distinct: [SuffixTemplate] = []
        for template in templates where !distinct.contains(template) { distinct.append(template) }
        self.templates = distinct
        self.configured = distinct.map(\.text)
    }

    /// The stem of the record's product, and the suffix as configured; an empty one where nobody knows it any more.
    func split(_ record: OpenRecord) -> (stem: String, column: String) {
        let file = record.file.utf8
        guard let suffix = record.suffix, file.count > suffix.utf8.count, file.ends(with: suffix) else {
            return self.split(untold: record.file)
        }
        return (String(Substring(file.dropLast(suffix.utf8.count))), self.column(of: suffix))
    }

    private func column(of suffix: String) -> String {
        if self.configured.contains(suffix) { return suffix }
        let like = self.templates.first { template in
            guard template.isPattern || !template.parameters.isEmpty else { return false }
            return SuffixTemplate.matches(suffix, pattern: template.pattern)
        }
        return like?.text ?? suffix
    }

    /// Earlier versions wrote no suffix: the most specific that the name ends in tells.
    private func split(untold file: String) -> (stem: String, column: String) {
        let name = file.utf8
        var best: (length: Int, stem: String, column: String) = (0, file, "")
        for template in self.templates {
            let literals = template.parts.map { part in
                if case .literal(let text) = part { text } else { "" }
            }
            let length = literals.reduce(0) { $0 + $1.utf8.count }
            guard length > best.length, let head = literals.first, !head.isEmpty else { continue }
            let pattern = template.pattern
            let start = name.indices.dropFirst().last { place in
                name[place...].starts(with: head.utf8)
                    && SuffixTemplate.matches(Substring(name[place...]), pattern: pattern)
            }
            if let start { best = (length, String(Substring(name[..<start])), template.text) }
        }
        return (best.stem, best.column)
    }

    /// What names of a job's products end in, by column, as far as that can be said.
    func suffixes(of parameters: JSONValue?) -> [(column: String, suffix: String)] {
        var values: [String: String?] = [:]
        if case .object(let members) = parameters {
            for (name, value) in members {
                switch value {
                case .string, .integer: values[name] = value.excerpt
                default: break
                }
            }
        }
        return self.templates.compactMap { template in
            guard !template.isPattern, case .suffix(let suffix) = template.filled(from: values) else { return nil }
            return (template.text, suffix)
        }
    }
}
