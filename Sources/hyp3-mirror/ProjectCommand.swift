import ArgumentParser
import HyP3Mirror

/// A command about projects.
protocol ProjectCommand: TaughtCommand {
    /// Of the settings that it takes as flags.
    static var groups: [any SettingGroup.Type] { get }
    /// Flags that are no settings, each with whether a value follows it.
    static var ownFlags: [String: Bool] { get }
    /// What help says of the files that it takes.
    static var argument: ArgumentHelp { get }
    /// Whether there must be one.
    static var needsArgument: Bool { get }
}

extension ProjectCommand {
    static var ownFlags: [String: Bool] { [:] }
    static var argument: ArgumentHelp {
        ArgumentHelp("Project configurations (JSON; ASF's own files work as they are).", valueName: "config")
    }
    static var needsArgument: Bool { true }

    /// All that it knows, each with whether a value follows it.
    static var flags: [String: Bool] {
        let pairs = Self.groups.flatMap { $0.settings }.compactMap { setting in
            setting.flag.map { ($0, setting.kind != .flag) }
        }
        return Self.ownFlags.merging(pairs) { own, _ in own }
    }
}
