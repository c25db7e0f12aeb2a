/// A product that can never be archived, because of what HyP3 says of it; to be told.
package struct UnusableProduct: Sendable {
    /// Of a job that is unusable as a whole, one of its products.
    package let product: PlannedProduct
    /// Whether no earlier run has told of it.
    package let isNew: Bool
}

/// Jobs that cannot be read, some of which are to be told.
package struct UnreadableJobs: Sendable, Hashable {
    /// All of them.
    package let jobs: FirstFew
    /// How many of them no earlier run has told of; at least one where they are too many to remember.
    package let new: Int

    package init(jobs: FirstFew, new: Int) {
        self.jobs = jobs
        self.new = new
    }
}
