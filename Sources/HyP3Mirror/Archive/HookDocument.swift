/// What a program of `on_archived` reads as standard input.
package struct HookDocument: Sendable, Encodable {
    /// A line of the manifest, and where the file is now.
    struct Archived: Sendable, Encodable {
        let entry: ManifestEntry
        /// Absolute where the archive directory is.
        let file: String

        private enum CodingKeys: String, CodingKey { case file }

        func encode(to encoder: any Encoder) throws {
            try self.entry.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(self.file, forKey: .file)
        }
    }

    let schema = 1
    let event = "archived"
    let project: String
    /// The HyP3 API, as its URL begins.
    let host: String
    /// The project's directory.
    let directory: String
    let jobID: String
    let products: [Archived]

    private enum CodingKeys: String, CodingKey {
        case schema, event, project, host, directory, products
        case jobID = "job_id"
    }

    init(_ settings: ProjectSettings, _ directory: String, _ products: [Archived]) {
        self.project = settings.name
        self.host = "\(settings.host)"
        self.directory = directory
        self.jobID = products.first?.entry.jobID ?? ""
        self.products = products
    }
}
