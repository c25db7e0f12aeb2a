import FoundationEssentials

/// Fetches products, several at once, in their order; those of a plan as its survey finds them.
struct FetchStage: Sendable {
    private let fetcher: ProductFetcher
    /// Products under way at once. More than there are connections, so that proof and commit of one happen while the
    /// next is on the line; each costs an open file.
    private let window: Int

    /// Products that the survey may be ahead of the fetching: enough for totals that are soon exact, few enough to keep in
    /// memory.
    private static let lookahead = 2_000

    init(_ fetcher: ProductFetcher, window: Int) {
        self.fetcher = fetcher
        self.window = window
    }

    /// What has come to its end.
    enum Step: Sendable {
        case surveyed(JobSurvey)
        case fetched(FetchOutcome)
    }

    /// What a task of the stage brings.
    private enum Ended: Sendable {
        case survey(JobSurvey)
        case fetch(FetchQueue.Try, FetchOutcome)
    }

    /// Surveys and fetches a plan. A job's products are fetched as soon as it is surveyed; the first byte waits for one
    /// listing.
    ///
    /// - Parameter onStep: `.surveyed` for each job, and `.fetched` for each product as it ends, one at a time.
    /// - Throws: as `run(_:onOutcome:)`.
    func run(_ survey: Survey, onStep: (Step) -> Void) async throws {
        try await self.run([], survey, onStep: onStep)
    }

    /// Fetches these products.
    ///
    /// - Parameter onOutcome: called with each as it ends, one at a time.
    /// - Throws: the `FilesystemError` that ended the run, or that of the first product that found no room, once all others
    ///   have ended; or `CancellationError`. What was staged is kept.
    func run(_ products: [Product], onOutcome: (FetchOutcome) -> Void) async throws {
        try await self.run(products, nil) { step in
            if case .fetched(let outcome) = step { onOutcome(outcome) }
        }
    }

    private func run(_ products: [Product], _ survey: Survey?, onStep: (Step) -> Void) async throws {
        let fetcher = self.fetcher
        var queue = FetchQueue(window: self.window)
        queue.append(products)
        try await withThrowingTaskGroup(of: Ended.self) { group in
            var jobs = survey?.plan.pending
            var surveying = 0
            while true {
                while let attempt = queue.next() {
                    do {
                        // In their order: who comes first gets the room.
                        let room = try await fetcher.claimRoom(for: attempt.product, size: attempt.size)
                        group.addTask { .fetch(attempt, try await fetcher.fetch(attempt.product, in: room)) }
                    } catch let noRoom as NoRoom {
                        let left = FetchOutcome(product: attempt.product, result: .left(.room(noRoom)), tally: .init())
                        if let outcome = queue.ended(attempt, left, isBegun: false) { onStep(.fetched(outcome)) }
                    }
                }
                while let survey, surveying < survey.width, queue.count < Self.lookahead, !queue.isFull,
                    let job = jobs?.next()
                {
                    // Nothing more is had from there in this run; what is not tried is left.
                    if let origin = survey.plan.address(of: job)?.bucket.origin, fetcher.hosts.isDown(origin) {
                        continue
                    }
                    surveying += 1
                    group.addTask { .survey(try await survey.look(at: job)) }
                }
                guard let ended = try await group.next() else { return }
                switch ended {
                case .fetch(let attempt, let outcome):
                    if let outcome = queue.ended(attempt, outcome, isBegun: true) { onStep(.fetched(outcome)) }
                case .survey(let found):
                    surveying -= 1
                    onStep(.surveyed(found))
                    fetcher.hosts.note(found)
                    for outcome in found.settled(now: fetcher.judge.now()) { onStep(.fetched(outcome)) }
                    queue.append(found.fetch)
                }
                try Task.checkCancellation()
            }
        }
        if let noRoom = queue.noRoom { throw noRoom.error }
    }
}

extension JobSurvey {
    /// What ends here: products that do not exist, and patterns that nothing can be fetched for.
    fileprivate func settled(now: Date) -> [FetchOutcome] {
        self.absent.map { product in
            // A listing made after HyP3 has deleted the product says nothing of what there was.
            let isExpired = product.expires.map { $0 <= now } ?? false
            let failure = FetchFailure(isExpired ? .expired : .absent(.listing), product.reason)
            return FetchOutcome(product: product.product, result: .failed(failure), tally: .init())
        }
            + self.unnamed.map { product in
                // Without a word of the bucket nothing is known of them, as of a product whose host gives nothing.
                let result: FetchOutcome.Result =
                    self.silence == nil ? .failed(FetchFailure(.permanent, product.reason)) : .left(.host)
                return FetchOutcome(product: product.product, result: result, tally: .init())
            }
    }
}
