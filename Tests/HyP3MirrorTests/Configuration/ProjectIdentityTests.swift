import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct ProjectIdentityTests {
    private static func project(
        _ path: String,
        name: String = "floods",
        host: String = "https://h",
        directory: String = "/archive",
        prefix: String? = nil
    ) throws -> (path: String, settings: ProjectSettings) {
        let target = prefix.map { ", \"target_prefix\": \"\($0)\"" } ?? ""
        let text = """
            {"project_name": "\(name)", "host": "\(host)", "archive": {"directory": "\(directory)"},
             "transfer_spec": {"extensions": [".zip"]\(target)}}
            """
        let file = try ConfigurationFile(text: text, path: path, workingDirectory: "/")
        let settings = try ProjectSettings(
            file: file,
            flags: SettingValues(),
            environment: SettingValues(),
            now: Date(timeIntervalSince1970: 0)
        )
        return (path, settings)
    }

    @Test func `one name twice in one directory is refused with a sentence`() throws {
        let first = try Self.project("a.json")
        for (second, words) in [
            (first, "is given twice"), (try Self.project("b.json"), "as a.json does"),
            (try Self.project("b.json", directory: "/other/../archive/"), "as a.json does"),
            (try Self.project("b.json", host: "https://i"), "a.json keeps that of https://h"),
        ] {
            let clashes = ProjectIdentity.clashes([first, second])
            #expect(clashes.count == 1 && RunStatus(clashes[0]) == .configuration, "\(clashes)")
            #expect("\(clashes)".contains(words), "\(clashes)")
        }
    }

    @Test func `what can be told apart is not refused`() throws {
        let clashes = ProjectIdentity.clashes([
            try Self.project("a.json"), try Self.project("b.json", host: "https://i", prefix: "floods-i"),
            try Self.project("c.json", directory: "/other"), try Self.project("d.json", name: "rtc", prefix: "floods"),
        ])
        #expect(clashes.isEmpty, "\(clashes)")
    }
}
