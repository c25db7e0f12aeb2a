package import CurlTransfer
package import FoundationEssentials

/// When to try again, and how long to wait before: one value for the API, the login and the products.
package struct RetryPolicy: Sendable, Hashable {
    /// What a failed attempt means for the next one.
    package enum Verdict: Sendable, Hashable {
        /// May succeed in a while; `retryAfter` is what the server asked for.
        case transient(retryAfter: Duration?)
        /// The server says that there is no such thing.
        case absent
        /// The same request will fail again.
        case fatal
    }

    /// Attempts in a row without progress, the first included.
    package var attempts: Int
    /// The longest wait after the first failure; doubles with each.
    package var base: Duration
    /// The longest wait that the policy itself picks.
    package var cap: Duration
    /// The longest wait that a server may ask for.
    package var retryAfterCap: Duration

    package init(
        attempts: Int = 6,
        base: Duration = .milliseconds(500),
        cap: Duration = .seconds(30),
        retryAfterCap: Duration = .seconds(120)
    ) {
        self.attempts = max(1, attempts)
        self.base = base
        self.cap = cap
        self.retryAfterCap = retryAfterCap
    }

    /// The wait before the next attempt, or nil where there is none.
    ///
    /// "Full jitter": anything from nothing to the exponential bound, so that many clients do not come back together
    /// (AWS Architecture Blog, "Exponential Backoff And Jitter"). A server's wish is the least wait.
    ///
    /// - Parameters:
    ///   - failures: failed attempts in a row so far, from 1.
    ///   - random: from 0 up to 1.
    package func delay(afterFailures failures: Int, retryAfter: Duration? = nil, random: Double) -> Duration? {
        guard failures < self.attempts else { return nil }
        let doublings = min(max(failures - 1, 0), 30)
        let bound = min(self.base * (1 << doublings), self.cap)
        let wait = bound * min(max(random, 0), 1)
        guard let retryAfter else { return wait }
        return max(wait, min(max(retryAfter, .zero), self.retryAfterCap))
    }

    /// What an HTTP status that is no success means.
    ///
    /// - Parameter isProduct: whether a product host answered; there 403 says "absent" (S3 without the right to list),
    ///   at the API it says "not allowed".
    package static func verdict(on head: HTTPResponseHead, isProduct: Bool, now: Date) -> Verdict {
        switch head.status {
        case 408, 425, 429, 500...599:
            .transient(retryAfter: head.headers["Retry-After"].flatMap { RetryAfter.wait($0, now: now) })
        case 404, 410: .absent
        case 403 where isProduct: .absent
        default: .fatal
        }
    }

    /// What a transfer without a whole answer means.
    package static func verdict(on error: TransferError) -> Verdict {
        error.isTransient ? .transient(retryAfter: nil) : .fatal
    }
}
