import ArgumentParser
import Foundation
import HyP3Mirror
import Testing

@testable import hyp3_mirror

/// What holds for every setting, whatever it is: an entry of the table is all that it takes.
@Suite struct `Table of settings` {
    private static let names = Setting.all.map(\.name)

    private static func setting(_ name: String) throws -> Setting {
        try #require(Setting.all.first { $0.name == name })
    }

    @Test(arguments: names)
    func `its flag, its variable and each of its keys set it, the first of them before the others`(
        name: String
    ) throws {
        let setting = try Self.setting(name)
        let sample = try Sample(of: setting)
        let (one, other) = (sample.texts[0], sample.texts[1])
        #expect(sample.results[0] != sample.results[1])
        // Least to first.
        var sources: [Source] = setting.keys.map { .key($0) }
        if setting.variable != nil { sources.append(.variable) }
        if setting.flag != nil { sources.append(.flag) }
        for (index, source) in sources.enumerated() {
            #expect(try sample.result([(source, one)]) == sample.results[0], "\(source)")
            if setting.kind != .flag || source != .flag {
                #expect(try sample.result([(source, other)]) == sample.results[1], "\(source)")
            }
            for lesser in sources[..<index] {
                #expect(
                    try sample.result([(lesser, other), (source, one)]) == sample.results[0],
                    "\(lesser), \(source)"
                )
            }
        }
    }

    @Test(arguments: names)
    func `given nowhere, it is its default, or the sentence says where it may be given`(name: String) throws {
        let setting = try Self.setting(name)
        let sample = try Sample(of: setting)
        do throws(ConfigurationError) {
            let result = try sample.result([])
            #expect(result != sample.results[0])
            if let text = setting.defaultText {
                #expect(try sample.result([(.key(setting.keys[0]), text)]) == result)
            }
        } catch {
            #expect(error.description.hasPrefix("\(Sample.file): \(setting.keys[0]): must "))
            #expect(error.description.contains("here or as --\(name)"))
        }
    }

    @Test(arguments: names)
    func `a wrong value is told with the place it came from`(name: String) throws {
        let setting = try Self.setting(name)
        let sample = try Sample(of: setting)
        var sources: [(Source, called: String)] = setting.keys.map { (.key($0), $0) }
        if let variable = setting.variable { sources.append((.variable, variable)) }
        if setting.kind == .flag {
            #expect(throws: (any Error).self) { try SyncCommand.parse(["c.json", "--\(name)=maybe"]) }
        } else if let flag = setting.flag {
            sources.append((.flag, flag))
        }
        for (source, called) in sources {
            // An empty variable is none.
            let wrong = ["~" + String(repeating: "/..", count: 50), "*", ""].prefix(source == .variable ? 2 : 3)
            let errors = wrong.compactMap { text in
                do throws(ConfigurationError) {
                    _ = try sample.result([(source, text)])
                    return ConfigurationError?.none
                } catch {
                    return error
                }
            }
            // Any name but an empty one may be somebody's.
            if name == "user-id", source == .variable { continue }
            let error = try #require(errors.first, "\(called)")
            #expect(error.key == called && error.description.contains("\(called) \""), "\(error)")
            #expect(error.isUsageError == (source == .flag))
            #expect(error.description.contains("must "), "\(error)")
            if case .key = source { #expect(error.description.hasPrefix("\(Sample.file): "), "\(error)") }
        }
    }

    @Test(arguments: names) func `help tells of it, and a word that is nearly its own is told it`(name: String) throws {
        let setting = try Self.setting(name)
        let help = SyncCommand.helpMessage(columns: 10_000)
        #expect(help.contains(setting.help))
        #expect(setting.help.contains("default: ") == (setting.defaultText != nil))
        guard let flag = setting.flag else {
            #expect(help.contains("\(setting.keys[0])\(setting.variable.map { " or \($0)" } ?? "")"))
            let mistake = MistakenWord.first(in: ["sync", "c.json", "--\(name)", "x"])
            #expect(mistake?.sentence.contains(setting.keys[0]) == true)
            return
        }
        let label = "  \(flag)\(setting.valueName.map { " <\($0)>" } ?? "")"
        #expect(help.contains(label + " ") || help.contains(label + "\n"))
        #expect(setting.keys[0] == "archive.\(name.replacing("-", with: "_"))" || help.contains(setting.keys[0]))
        #expect(MistakenWord.first(in: ["sync", "c.json", flag]) == nil)
        let next = MistakenWord.first(in: ["sync", "c.json", flag, "--xyzzy"])
        #expect((next == nil) == (setting.kind != .flag), "what follows is its value, or a word of its own")
        let mistake = MistakenWord.first(in: ["sync", "c.json", "\(flag)q"])
        #expect(mistake?.sentence.contains("did you mean \(flag)?") == true, "\(mistake?.sentence ?? "")")
    }

    @Test func `no two set the same`() throws {
        let samples = try Setting.all.map { try Sample(of: $0) }
        for (index, later) in samples.enumerated() {
            for earlier in samples[..<index] {
                let both = try Sample.result(
                    [earlier, later].map { ($0.setting, .key($0.setting.keys[0]), $0.texts[0]) },
                    without: later.setting
                )
                #expect(both != later.results[0], "\(earlier.setting.name), \(later.setting.name)")
            }
        }
    }

    @Test func `names, variables and keys are there once`() {
        #expect(Set(Self.names).count == Self.names.count)
        #expect(Set(Setting.all.flatMap(\.keys)).count == Setting.all.flatMap(\.keys).count)
        #expect(Setting.all.contains { $0.name == "limit-rate" && $0.variable == "HYP3_MIRROR_LIMIT_RATE" })
        #expect(Setting.all.contains { $0.name == "limit-rate" && $0.keys == ["archive.limit_rate"] })
    }

    @Test func `a command knows what its parser knows`() throws {
        for command in [SyncCommand.self, PlanCommand.self] as [any ProjectCommand.Type] {
            let lines = command.helpMessage(columns: 10_000).split(separator: "\n").filter { $0.hasPrefix("  --") }
            var shown: [String: Bool] = [:]
            for line in lines {
                let words = line.split(separator: " ")
                shown[String(words[0])] = words[1].hasPrefix("<")
            }
            #expect(shown == command.flags)
        }
    }
}
