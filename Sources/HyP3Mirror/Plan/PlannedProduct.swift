package import FoundationEssentials

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
