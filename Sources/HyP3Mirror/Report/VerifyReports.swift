/// Several verifications of one call, as `verify --report` writes them.
package struct VerifyReports: Sendable, Hashable, Codable {
    package var schema = 1
    /// Of the projects together.
    package var exitCode: RunStatus
    package var projects: [VerifyReport]

    private enum CodingKeys: String, CodingKey {
        case schema, projects
        case exitCode = "exit_code"
    }

    package init(_ projects: [VerifyReport]) {
        self.projects = projects
        self.exitCode = RunStatus.merged(projects.map(\.exitCode))
    }

    /// Makes one JSON document, with its line end, in pieces; that of a call with one project is its report. Blocks.
    ///
    /// - Throws: `FilesystemError`; what `put` throws.
    package static func write(
        _ runs: [(report: VerifyReport, rows: RunRows)],
        isOne: Bool,
        _ put: ([UInt8]) throws -> Void
    ) throws {
        try RunReports.write(runs, isOne: isOne, together: { VerifyReports($0) }, put)
    }
}
