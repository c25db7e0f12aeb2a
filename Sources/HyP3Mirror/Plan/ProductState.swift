/// What is to become of one wanted product. The raw values are part of `plan --format json`.
package enum ProductState: String, Sendable, Hashable, Codable, CaseIterable {
    /// In the archive under its name.
    case present
    /// Missing, and the service should have it.
    case fetch
    /// The job's parameters say that it never makes this product.
    case notProduced = "not-produced"
    /// The job has not come to its end yet.
    case unfinished
    /// The job failed: HyP3 makes its products only as another job.
    case failed
    /// Gone upstream by date, before this archive was kept.
    case expired
    /// Gone upstream by date while this archive was already being kept.
    case lost
    /// Archived once, by the archive's own record, gone upstream by date, and not in the archive any more.
    case missing
    /// Asked for, and not there though not expired.
    case absent
    /// May be in the archive, in a directory that could not be read or was not followed: neither fetched nor lost.
    case unknown
    /// Fetched by an earlier run, and broken although the service's digest is right: it was broken before its upload.
    case damaged
    /// Another job's product has the same file name.
    case duplicateName = "duplicate-name"
    /// The service gave a name that must not become a path.
    case unsafeName = "unsafe-name"
}
