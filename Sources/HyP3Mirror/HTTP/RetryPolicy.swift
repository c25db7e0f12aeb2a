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

/// Retries left over some span of work, a product or a run, so that a broken service is not asked without end.
///
/// Every success earns a part of a retry back: a long run on a bad line may retry often, a run in which nothing works
/// may not.
package struct RetryBudget: Sendable, Hashable {
    private let most: Double
    private let earning: Double
    private var left: Double

    /// - Parameters:
    ///   - retries: at the start, and at most.
    ///   - earnedPerSuccess: retries, may be a fraction.
    package init(retries: Int, earnedPerSuccess: Double = 0) {
        self.most = Double(max(0, retries))
        self.earning = max(0, earnedPerSuccess)
        self.left = self.most
    }

    /// For one product: attempts that made progress count here too, so that no file is tried for ever.
    package static let product = RetryBudget(retries: 50)
    /// For one run.
    package static let run = RetryBudget(retries: 500, earnedPerSuccess: 0.5)

    /// Takes one retry; false where none is left.
    package mutating func spend() -> Bool {
        guard self.left >= 1 else { return false }
        self.left -= 1
        return true
    }

    package mutating func succeed() {
        self.left = min(self.most, self.left + self.earning)
    }
}

/// The `Retry-After` header (RFC 9110 §10.2.3).
package enum RetryAfter {
    /// Reads seconds or an HTTP date.
    ///
    /// - Returns: not less than zero; nil where the value is neither.
    package static func wait(_ text: String, now: Date) -> Duration? {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(min(Int64(text) ?? Int64.max, 1_000_000_000))
        }
        guard let date = HTTPDate.date(text) else { return nil }
        return .seconds(max(0, min(date.timeIntervalSince(now), 1_000_000_000)))
    }
}

/// Dates of HTTP headers, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7; the two obsolete forms are not read).
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    package static func date(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", let day = Int(parts[1]),
            let month = Self.months.firstIndex(of: String(parts[2])), let year = Int(parts[3])
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2] else { return nil }
        return CivilTime(
            year: year,
            month: month + 1,
            day: day,
            hour: hour,
            minute: minute,
            second: min(second, 59)
        )?.date
    }
}
