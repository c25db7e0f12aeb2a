/// The page that a listing begins with, read before it.
package struct EarlyPage: Sendable {
    let url: HTTPURL
    let reading: PageReader.Reading

    /// Reads it.
    ///
    /// - Parameter parameters: names of the job parameters to keep.
    /// - Throws: as `PageReader.page`.
    init(of query: JobQuery, _ reader: PageReader, parameters: Set<String>) async throws {
        self.url = query.url(at: reader.origin)
        self.reading = try await reader.page(at: self.url, parameters: parameters)
    }

    /// Whether it has no job.
    var isEmpty: Bool { self.reading.page.jobs.isEmpty && self.reading.page.unreadable.isEmpty }
}
