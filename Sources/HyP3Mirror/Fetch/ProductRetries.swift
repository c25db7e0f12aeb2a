/// Decides after each failed attempt at one product whether there is another, and when.
struct ProductRetries {
    private let policy: RetryPolicy
    private let run: RunRetries
    private let origin: Origin
    private var budget = RetryBudget.product
    /// Failures since bytes were last staged that need not come again.
    private var failures = 0
    private var refusals = 0

    /// The same bytes refused this often are what the service has.
    private static let mostRefusals = 3

    /// - Parameter origin: of the product.
    init(_ policy: RetryPolicy, run: RunRetries, at origin: Origin) {
        self.policy = policy
        self.run = run
        self.origin = origin
    }

    /// - Parameter hasProgressed: the attempt staged bytes that the next one builds on.
    /// - Returns: the wait before the next attempt; nil where there is none.
    mutating func pause(after failure: FetchFailure, hasProgressed: Bool, random: Double) -> Duration? {
        if hasProgressed { self.failures = 0 }
        self.failures += 1
        var wish: Duration?
        switch failure.kind {
        case .transient(let retryAfter), .throttled(let retryAfter): wish = retryAfter
        case .corrupt, .changed:
            self.refusals += 1
            guard self.refusals < Self.mostRefusals else { return nil }
        case .missing, .absent, .expired, .refused, .damagedUpstream, .unverifiable, .permanent: return nil
        }
        guard let pause = self.policy.delay(afterFailures: self.failures, retryAfter: wish, random: random),
            self.budget.spend(), self.run.spend(at: self.origin)
        else { return nil }
        return pause
    }
}
