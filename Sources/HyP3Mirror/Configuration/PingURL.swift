/// Where a service is told that a run begins and how it ended, in the convention of healthchecks.io. Whoever knows its path
/// can tell the service anything, so only `reveal` gives it.
package struct PingURL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Signal: String, Sendable, CaseIterable {
        case start = "/start"
        case success = ""
        case failure = "/fail"
    }

    private let url: HTTPURL

    /// - Throws: `InvalidValue`.
    package init(_ text: String) throws(InvalidValue) { self.url = try HTTPURL(confidential: text) }

    package var origin: Origin { self.url.origin }

    /// What is asked for.
    package func reveal(_ signal: Signal) -> String {
        let path = self.url.path.hasSuffix("/") ? String(self.url.path.dropLast()) : self.url.path
        return HTTPURL(origin: self.url.origin, path: path + signal.rawValue, query: self.url.query).text
    }

    package var description: String { Self.veiled(self.url.text) }
    package var debugDescription: String { self.description }

    /// A text that was to be such a URL, without what may be its secret.
    static func veiled(_ text: String) -> String {
        guard let mark = text.firstRange(of: "://") else { return "…" }
        let host = text[mark.upperBound...].prefix { !"/?#@".contains($0) }
        return "\(text[..<mark.upperBound])\(host)/…"
    }
}
