/// A token bucket over all transfers of an engine. Lives on the transfer thread.
///
/// It holds a tenth of a second's worth, so a limit is kept over short spans, too; what one callback of libcurl brings
/// (at most 128 KiB) may overdraw it and is paid back before the next byte.
final class RateLimiter {
    /// Bytes a second; nil is no limit.
    private var rate: Int64?
    private var tokens: Double = 0
    private var refilledAt = ContinuousClock.now

    func set(_ rate: Int64?) {
        self.rate = rate
        self.tokens = min(self.tokens, self.capacity)
        self.refilledAt = .now
    }

    private var capacity: Double { Double(self.rate ?? 0) / 10 }

    /// Whether bytes may be taken now.
    func allows() -> Bool {
        self.rate == nil || self.tokens >= 0
    }

    func spend(_ count: Int) {
        if self.rate != nil { self.tokens -= Double(count) }
    }

    /// Adds what the passed time earned.
    /// - Returns: milliseconds until bytes may flow again, nil if they may now.
    func refill() -> Int32? {
        guard let rate = self.rate, rate > 0 else { return nil }
        let now = ContinuousClock.now
        let elapsed = self.refilledAt.duration(to: now)
        self.refilledAt = now
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        self.tokens = min(self.tokens + seconds * Double(rate), self.capacity)
        guard self.tokens < 0 else { return nil }
        return Int32(clamping: Int((-self.tokens / Double(rate) * 1000).rounded(.up)) + 1)
    }
}
