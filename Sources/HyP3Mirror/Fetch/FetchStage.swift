import FoundationEssentials

/// Surveys and fetches the planned products, several at once, in the order of the plan.
package struct FetchStage: Sendable {
    private let fetcher: ProductFetcher
    private let survey: Survey
    /// Products under way at once. More than there are connections, so that proof and commit of one happen while the
    /// next is on the line; each costs an open file.
    private let window: Int

    /// Products that the survey may be ahead of the fetching: enough for totals that are soon exact, few enough to keep in
    /// memory.
    private static let lookahead = 2_000

    package init(_ fetcher: ProductFetcher, survey: Survey, window: Int) {
        self.fetcher = fetcher
        self.survey = survey
        self.window = max(1, window)
    }

    /// What has come to its end.
    package enum Step: Sendable {
        case surveyed(JobSurvey)
        case fetched(FetchOutcome)
    }

    /// A job's products are fetched as soon as it is surveyed; the first byte waits for one listing.
    ///
    /// - Parameter onStep: `.surveyed` for each job, and `.fetched` for each product as it ends, one at a time.
    /// - Throws: the `FilesystemError` that ended the run, or `CancellationError`; what was staged is kept.
    package func run(_ plan: Plan, onStep: (Step) -> Void) async throws {
        let (fetcher, survey) = (self.fetcher, self.survey)
        try await withThrowingTaskGroup(of: Step.self) { group in
            var jobs = plan.pending
            var ready = Waiting<PlannedProduct>()
            var (surveying, fetching) = (0, 0)
            while true {
                while fetching < self.window, let product = ready.next() {
                    fetching += 1
                    group.addTask { .fetched(try await fetcher.fetch(product)) }
                }
                while surveying < survey.width, ready.count < Self.lookahead, let job = jobs.next() {
                    // Nothing more is had from there in this run; what is not tried is left.
                    if let origin = plan.address(of: job)?.bucket.origin, fetcher.hosts.isDown(origin) { continue }
                    surveying += 1
                    group.addTask { .surveyed(try await survey.look(at: job)) }
                }
                guard let step = try await group.next() else { return }
                switch step {
                case .fetched(let outcome):
                    fetching -= 1
                    onStep(.fetched(outcome))
                case .surveyed(let found):
                    surveying -= 1
                    onStep(.surveyed(found))
                    for outcome in found.settled(now: fetcher.judge.now()) { onStep(.fetched(outcome)) }
                    ready.append(found.fetch)
                }
                try Task.checkCancellation()
            }
        }
    }
}

/// First in, first out.
private struct Waiting<Element> {
    private var elements: [Element] = []
    private var start = 0

    var count: Int { self.elements.count - self.start }

    mutating func append(_ more: [Element]) { self.elements += more }

    mutating func next() -> Element? {
        guard self.start < self.elements.count else { return nil }
        let element = self.elements[self.start]
        self.start += 1
        if self.start > self.elements.count / 2 {
            self.elements.removeFirst(self.start)
            self.start = 0
        }
        return element
    }
}

extension JobSurvey {
    /// What ends here: products that do not exist, and patterns that nothing can be fetched for.
    fileprivate func settled(now: Date) -> [FetchOutcome] {
        self.absent.map { product in
            // A listing made after HyP3 has deleted the product says nothing of what there was.
            let isExpired = product.expires.map { $0 <= now } ?? false
            let failure = FetchFailure(isExpired ? .expired : .absent(.listing), product.reason)
            return FetchOutcome(product: product, result: .failed(failure), tally: .init())
        }
            + self.unnamed.map {
                FetchOutcome(product: $0, result: .failed(FetchFailure(.permanent, $0.reason)), tally: .init())
            }
    }
}
