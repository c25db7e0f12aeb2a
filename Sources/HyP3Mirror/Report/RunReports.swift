import FoundationEssentials

/// The reports of a call with several projects, as `--report` writes them: `{"schema": 1, "exit_code": 75, "exit_meaning":
/// "…", "projects": […]}`, the projects in the order of the call, each as the report of a call with one.
package struct RunReports: Sendable, Hashable, Codable {
    package var schema = 1
    /// Of the projects together.
    package var exitCode: RunStatus
    package var exitMeaning: String
    package var projects: [RunReport]

    private enum CodingKeys: String, CodingKey {
        case schema, projects
        case exitCode = "exit_code"
        case exitMeaning = "exit_meaning"
    }

    package init(projects: [RunReport]) {
        self.projects = projects
        self.exitCode = RunStatus.merged(projects.map(\.exitCode))
        self.exitMeaning = self.exitCode.meaning
    }

    /// One JSON document, with its line end.
    package func json() throws -> [UInt8] { try RunReport.document(self) }

    package init(json: some Sequence<UInt8>) throws { self = try RunReport.read(Self.self, from: Data(json)) }
}
