package import FoundationEssentials

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

/// One wanted product (job × suffix) with its state and the reason for it.
package struct PlannedProduct: Sendable {
    package let product: Product
    package let state: ProductState
    /// One clause for people.
    package let reason: String
    /// Whether HyP3 gives nothing that could become a file of the archive: nobody can mend that here, and no run will find
    /// it otherwise. A name that only something in the archive stands in the way of has a path.
    package let isUnusable: Bool

    package init(_ product: Product, _ state: ProductState, reason: String, isUnusable: Bool = false) {
        self.product = product
        self.state = state
        self.reason = reason
        self.isUnusable = isUnusable
    }

    package var jobID: String { self.product.jobID }
    package var file: String { self.product.file }
    package var path: String { self.product.path }
    package var url: String { self.product.url }
    package var suffix: String { self.product.suffix }
    package var expires: Date? { self.product.expires }
    package var listed: ListedObject? { self.product.listed }
}
