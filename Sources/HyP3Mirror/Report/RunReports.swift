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

    init(projects: [RunReport]) {
        self.projects = projects
        self.exitCode = RunStatus.merged(projects.map(\.exitCode))
        self.exitMeaning = self.exitCode.meaning
    }

    package init(json: some Sequence<UInt8>) throws { self = try RunReport.read(Self.self, from: Data(json)) }

    /// Makes one JSON document, with its line end, in pieces. Blocks where rows lie in a file.
    ///
    /// - Parameter isOne: the call has one project, whose report is the document.
    /// - Throws: `FilesystemError`; what `put` throws.
    package static func write(
        _ runs: [(report: RunReport, rows: RunRows)],
        isOne: Bool,
        _ put: ([UInt8]) throws -> Void
    ) throws {
        try Self.write(runs, isOne: isOne, together: RunReports.init(projects:), put)
    }

    /// The same for reports of any kind; `together` makes the document of several.
    static func write<Report: Encodable>(
        _ runs: [(report: Report, rows: RunRows)],
        isOne: Bool,
        together: ([Report]) -> some Encodable,
        _ put: ([UInt8]) throws -> Void
    ) throws {
        let reports = runs.map(\.report)
        let document =
            if isOne, let report = reports.first {
                try RunReport.document(report)
            } else {
                try RunReport.document(together(reports))
            }
        try Self.put(document, runs.map(\.rows), put)
    }

    /// Puts rows into the empty arrays that a document has for them, in their order.
    private static func put(_ document: [UInt8], _ rows: [RunRows], _ put: ([UInt8]) throws -> Void) throws {
        var rest = document[...]
        var rows = rows.makeIterator()
        // Nothing but the key reads so: within text, quotes are escaped.
        while let key = rest.firstRange(of: Array("\"rows\" : [".utf8)), let next = rows.next() {
            try put(Array(rest[..<key.upperBound]))
            try next.elements(put)
            rest = rest[key.upperBound...]
        }
        try put(Array(rest))
    }
}
