/// A setting that cannot be used: where it was given, what was given, and what would be right.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// Where a setting came from. A wrong flag is a usage error, all else is a configuration error.
    package enum Place: Sendable, Hashable {
        case commandLine
        case environment
        case file(String)
    }

    package let place: Place
    /// As the user wrote it: `--connections`, `HYP3_MIRROR_CONNECTIONS` or `archive.connections`; empty for the whole
    /// file.
    package let key: String
    /// The rejected value; nil where none was given.
    package let value: String?
    /// What would be right.
    package let advice: String

    package init(place: Place, key: String, value: String?, advice: String) {
        self.place = place
        self.key = key
        self.value = value
        self.advice = advice
    }

    package var isUsageError: Bool { self.place == .commandLine }

    package var description: String {
        var text = ""
        if case .file(let path) = self.place { text += "\(path): " }
        if !self.key.isEmpty { text += self.value.map { "\(self.key) \(ForeignText.quoted($0))" } ?? self.key }
        return text + (self.key.isEmpty ? "" : ": ") + self.advice
    }
}
