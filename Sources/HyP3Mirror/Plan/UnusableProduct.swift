/// A product that can never be archived, because of what HyP3 says of it; to be told.
package struct UnusableProduct: Sendable {
    /// Of a job that is unusable as a whole, one of its products.
    package let product: PlannedProduct
    /// Whether no earlier run has told of it.
    package let isNew: Bool
}

extension PlannedProduct {
    /// Whether HyP3 gives nothing that could become a file of the archive: nobody can mend that here, and no run will find
    /// it otherwise. A name that only something in the archive stands in the way of has a path.
    var isUnusable: Bool {
        switch self.state {
        case .unsafeName: self.path.isEmpty
        case .failed: self.job.status == .succeeded
        default: false
        }
    }
}
