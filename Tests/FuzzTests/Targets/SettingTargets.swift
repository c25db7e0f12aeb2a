import FoundationEssentials
import HyP3Mirror

extension FuzzTarget {
    /// A project's configuration.
    static let configuration = FuzzTarget(name: "configuration") { input, _ in
        guard let text = String(validating: input, as: UTF8.self) else { return }
        let now = Date(timeIntervalSince1970: 1_722_500_000)
        let settings: ProjectSettings
        do throws(ConfigurationError) {
            let file = try ConfigurationFile(text: text, path: "c.json", workingDirectory: "/w")
            settings = try ProjectSettings(file: file, flags: SettingValues(), environment: SettingValues(), now: now)
        } catch {
            try require("\(error)".utf8.count < 4096, "an error of \("\(error)".utf8.count) bytes")
            return
        }
        let names = settings.names == nil ? 1...100 : 0...0
        try require(names.contains(settings.name.count), "a project's name of \(settings.name.count) characters")
        try require(!settings.suffixes.isEmpty, "a project without a suffix")
        let parts = settings.prefix.split(separator: "/", omittingEmptySubsequences: false)
        let isInside = settings.prefix.isEmpty || !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
        try require(isInside, "a project may lie at \(settings.prefix.debugDescription)")
        if case .fixed(let count) = settings.connections {
            try require((1...256).contains(count), "\(count) connections")
        }
        try require(settings.minimumFree ?? 0 >= 0, "less than no bytes are to stay free")
        try require(settings.maximumRuntime ?? .seconds(1) > .zero, "a run of no time")
    }

    /// A netrc file.
    static let netrc = FuzzTarget(name: "netrc") { input, _ in
        let text = String(decoding: input, as: UTF8.self)
        let netrc: Netrc
        do throws(InvalidValue) {
            netrc = try Netrc(text)
        } catch {
            return
        }
        let words = text.split(whereSeparator: \.isWhitespace).count
        try require(netrc.entries.count <= words, "\(netrc.entries.count) entries in \(words) words")
        for host in netrc.entries.compactMap(\.machine).prefix(4) {
            try require(netrc.entry(for: host)?.machine != nil, "the machine \(host.debugDescription) is not found")
        }
        guard !text.contains(where: { "\"#\u{FEFF}".contains($0) }), !text.contains("macdef") else { return }
        // Of files without quotes, comments and macros there is one reading, however it is done.
        try require(
            netrc.entries.map(\.plain) == Self.plainEntries(text),
            "it is read in another way than word by word"
        )
    }

    private static func plainEntries(_ text: String) -> [[String?]] {
        var entries: [[String?]] = []
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        var early: [String?] = [nil, nil, nil]
        while let word = words.popFirst() {
            switch word {
            case "machine": entries.append([words.popFirst() ?? ""] + [nil, nil])
            case "default": entries.append([nil, nil, nil])
            case "login", "user", "password", "account":
                let value = words.popFirst()
                let place = word == "password" ? 2 : 1
                if word == "account" { continue }
                if entries.isEmpty { early[place] = value } else { entries[entries.count - 1][place] = value }
            default: continue
            }
        }
        return entries
    }
}

extension Netrc.Entry {
    fileprivate var plain: [String?] { [self.machine, self.login, self.password?.reveal()] }
}
