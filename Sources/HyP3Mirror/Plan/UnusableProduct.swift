/// A product that can never be archived, because of what HyP3 says of it; to be told.
package struct UnusableProduct: Sendable {
    /// Of a job that is unusable as a whole, one of its products.
    package let product: PlannedProduct
    /// Whether no earlier run has told of it.
    package let isNew: Bool
}
