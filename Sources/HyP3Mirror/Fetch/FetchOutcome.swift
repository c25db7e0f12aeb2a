/// What became of one product that was to be fetched.
package struct FetchOutcome: Sendable {
    package enum Result: Sendable {
        case archived(ManifestEntry)
        case failed(FetchFailure)
        /// Not tried, or not to the end; the next run tries it.
        case left(Cause)
    }

    /// Why a product is left for the next run.
    package enum Cause: Sendable {
        /// Its host gives nothing.
        case host
        /// The disk has no room for it.
        case room(NoRoom)
    }

    package let product: Product
    package let result: Result
    package let tally: FetchTally
}
