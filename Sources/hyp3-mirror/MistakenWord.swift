import HyP3Mirror

/// A word of the command line that is not the one that was meant.
struct MistakenWord: Error {
    let sentence: String

    private static var commands: [(name: String, type: any TaughtCommand.Type)] {
        HyP3MirrorCommand.commands.map { ($0.word, $0) }
    }

    /// `sync, plan and init`
    static func known(or isChoice: Bool = false) -> String {
        let names = Self.commands.map { $0.name }
        return "\(names.dropLast().joined(separator: ", ")) \(isChoice ? "or" : "and") \(names.last ?? "")"
    }
    /// What other programs call these commands.
    private static let others = [
        "fetch": "sync", "download": "sync", "get": "sync", "pull": "sync", "mirror": "sync", "run": "sync",
        "update": "sync", "list": "plan", "ls": "plan", "status": "plan", "show": "plan", "diff": "plan",
        "dry-run": "plan", "check": "verify", "scrub": "verify", "audit": "verify", "fsck": "verify",
        "config": "init", "new": "init", "setup": "init", "completion": "completions",
    ]
    /// What other programs call these options; a command where there is no such option.
    private static let otherOptions = [
        "--dry-run": "the command plan", "--dryrun": "the command plan", "--just-print": "the command plan",
        "-n": "the command plan", "--dir": "--archive", "--directory": "--archive", "--output": "--archive",
        "-o": "--archive", "--verbose": "--log-level debug", "-v": "--log-level debug", "--debug": "--log-level debug",
        "-q": "--quiet", "--silent": "--quiet", "--project": "--name", "--extension": "--suffix",
        "--extensions": "--suffix", "--since": "--start", "--until": "--end", "--jobs": "--connections",
        "--parallel": "--connections", "--ca": "--cacert", "--token": "the variable EARTHDATA_TOKEN",
        "--password": "the variables EARTHDATA_USERNAME and EARTHDATA_PASSWORD",
    ]

    /// - Parameter words: without the program's own name.
    static func first(in words: [String]) -> MistakenWord? {
        guard let command = words.first(where: { !$0.hasPrefix("-") }) else { return nil }
        guard let flags = Self.commands.first(where: { $0.name == command })?.type.flags else {
            return Self.command(command)
        }
        // What follows an option that takes a value is its value, whatever it looks like.
        var isValue = false
        for word in words.drop(while: { $0 != command }).dropFirst() {
            if word == "--" { return nil }
            let name = String(word.prefix { $0 != "=" })
            defer { isValue = !isValue && !word.contains("=") && flags[name] == true }
            if isValue || !word.hasPrefix("-") || word.count < 2 { continue }
            if let mistake = Self.option(name, of: command, flags.keys.sorted()) { return mistake }
        }
        return nil
    }

    private static func command(_ word: String) -> MistakenWord? {
        let quoted = ForeignText.quoted(word)
        if word == "help" { return nil }
        let names = Self.commands.map { $0.name }
        let meant = Self.others[word.lowercased()] ?? NearestName.slip(of: word, among: names)
        if let meant {
            return MistakenWord(sentence: "there is no command \(quoted); did you mean \(meant)?")
        }
        let isFile = word.contains("/") || word.hasSuffix(".json")
        return MistakenWord(
            sentence: isFile
                ? "before \(quoted) there must be a command: \(Self.known(or: true))"
                : "there is no command \(quoted); there are \(Self.known())"
        )
    }

    private static func option(_ name: String, of command: String, _ known: [String]) -> MistakenWord? {
        if known.contains(name) || ["-h", "--help", "--help-hidden", "--version"].contains(name) { return nil }
        let meant = Self.otherOptions[name] ?? NearestName.slip(of: name, among: known)
        if command == "plan", meant == "the command plan" {
            return MistakenWord(sentence: "\(ForeignText.quoted(name)) is not needed: plan changes nothing")
        }
        if let setting = Setting.all.first(where: { "--\($0.name)" == name }), setting.flag == nil {
            return MistakenWord(sentence: "\(name) is no option; a configuration has it, as \(setting.keys[0])")
        }
        guard let meant else {
            return MistakenWord(sentence: "\(command) has no option \(ForeignText.quoted(name))")
        }
        return MistakenWord(sentence: "\(command) has no option \(ForeignText.quoted(name)); did you mean \(meant)?")
    }
}
