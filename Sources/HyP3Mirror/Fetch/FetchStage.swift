/// Fetches the planned products, several at once, in the order of the plan.
package struct FetchStage: Sendable {
    private let fetcher: ProductFetcher
    /// Products under way at once. More than there are connections, so that proof and commit of one happen while the
    /// next is on the line; each costs an open file.
    private let window: Int

    package init(_ fetcher: ProductFetcher, window: Int) {
        self.fetcher = fetcher
        self.window = max(1, window)
    }

    /// - Parameter onOutcome: called for each product as it ends, one at a time.
    /// - Throws: the `FilesystemError` that ended the run, or `CancellationError`; what was staged is kept.
    package func run(_ products: some Sequence<PlannedProduct>, onOutcome: (FetchOutcome) -> Void) async throws {
        let fetcher = self.fetcher
        try await withThrowingTaskGroup(of: FetchOutcome.self) { group in
            var next = products.makeIterator()
            for _ in 0..<self.window {
                guard let product = next.next() else { break }
                group.addTask { try await fetcher.fetch(product) }
            }
            while let outcome = try await group.next() {
                onOutcome(outcome)
                try Task.checkCancellation()
                if let product = next.next() { group.addTask { try await fetcher.fetch(product) } }
            }
        }
    }
}
