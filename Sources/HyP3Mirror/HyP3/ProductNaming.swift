/// Names the products of jobs: file, path in the archive and URL.
package struct ProductNaming: Sendable {
    /// What becomes of one wanted product, job × suffix.
    package enum Name: Sendable, Hashable {
        /// - file: stem + suffix; path: below the project's directory; url: where to fetch it.
        case product(file: String, path: String, url: String)
        /// The job never makes it.
        case notProduced(reason: String)
        /// A name or URL of the service that must not be used; `name` is as the service gave it.
        case unsafe(name: String, reason: String)
        /// The job lists no file to name products after.
        case noFiles
    }

    /// Where the products of a project are put.
    package let layout: Layout

    package init(layout: Layout) {
        self.layout = layout
    }

    /// The names of one job, for any number of suffixes.
    package func names(of job: Job) -> JobNames { JobNames(job: job, layout: self.layout) }

    /// The stem of a job's products as the service has it, unchecked: enough to look for them, and cheap where nearly all
    /// are found. Nil where the job lists no file.
    package static func uncheckedStem(of job: Job) -> String? { JobNames.uncheckedStem(of: job) }

    /// The name of one product.
    package func product(of job: Job, suffix: SuffixTemplate) -> Name { self.names(of: job).product(suffix) }
}
