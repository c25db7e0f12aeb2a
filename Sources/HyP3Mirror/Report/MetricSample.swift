import SystemPackage

/// A line of a metrics file: one number of one project.
struct MetricSample {
    /// Whose numbers those are; no two archives have the same.
    struct Owner: Hashable {
        var project: String
        var host: String
        var directory: String

        init(_ report: RunReport) { self.init(report.project, report.host, report.directory) }

        init(_ report: ArchiveReport) { self.init(report.project, report.host, report.directory) }

        private init(_ project: String, _ host: String, _ directory: String) {
            self.project = project
            self.host = host
            // `--archive .` and the whole path are the same place.
            self.directory = FilePath(directory).lexicallyNormalized().string
        }

        init?(_ labels: [(String, String)]) {
            guard labels.count >= 3, labels[0].0 == "project", labels[1].0 == "host", labels[2].0 == "directory"
            else { return nil }
            (self.project, self.host, self.directory) = (labels[0].1, labels[1].1, labels[2].1)
        }
    }

    let name: String
    let owner: Owner
    /// As it stands in the file, without its end.
    let line: String

    init(_ name: String, _ owner: Owner, _ labels: [(String, String)], _ value: String) {
        let all = [("project", owner.project), ("host", owner.host), ("directory", owner.directory)] + labels
        let pairs = all.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        self.name = name
        self.owner = owner
        self.line = "\(name){\(pairs)} \(value)"
    }

    /// Reads a line that an earlier run wrote.
    ///
    /// - Returns: nil for comments and for anything of another form.
    init?(_ line: Substring.UnicodeScalarView) {
        guard let brace = line.firstIndex(of: "{") else { return nil }
        var rest = line[brace...].dropFirst()
        guard let labels = Self.labels(&rest), let owner = Owner(labels), rest.popFirst() == " ",
            Double(String(rest)) != nil
        else { return nil }
        self.name = String(line[..<brace])
        self.owner = owner
        self.line = String(line)
    }

    /// Up to the closing brace, which is consumed.
    private static func labels(_ text: inout Substring.UnicodeScalarView) -> [(String, String)]? {
        var labels: [(String, String)] = []
        while let equals = text.firstIndex(of: "=") {
            let name = String(text[..<equals])
            text = text[equals...].dropFirst()
            guard text.popFirst() == "\"", let value = Self.value(&text) else { return nil }
            labels.append((name, value))
            switch text.popFirst() {
            case ",": continue
            case "}": return labels
            default: return nil
            }
        }
        return nil
    }

    /// Up to the closing quote, which is consumed.
    private static func value(_ text: inout Substring.UnicodeScalarView) -> String? {
        var value = String.UnicodeScalarView()
        while let scalar = text.popFirst() {
            switch scalar {
            case "\"": return String(value)
            case "\\":
                switch text.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: return nil
                }
            default: value.append(scalar)
            }
        }
        return nil
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
