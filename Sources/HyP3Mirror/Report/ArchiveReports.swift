/// Several projects of one call, as `report --json` writes them.
package struct ArchiveReports: Sendable, Hashable, Codable {
    package var schema = 1
    package var command = "report"
    package var projects: [ArchiveReport]

    package init(_ projects: [ArchiveReport]) { self.projects = projects }

    /// The JSON document, with its line end; that of one project is its report.
    package var document: [UInt8] {
        get throws {
            if self.projects.count == 1, let one = self.projects.first { return try RunReport.document(one) }
            return try RunReport.document(self)
        }
    }
}
