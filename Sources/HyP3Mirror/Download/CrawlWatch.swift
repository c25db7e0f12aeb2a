/// Finds connections that crawl: so little comes over them that they hold a product, and the run, for days. Pure.
///
/// A line that is slow as a whole is not punished: a connection crawls only beside others that carry far more, or where the
/// line is as good as dead.
struct CrawlWatch: Sendable {
    /// One connection as it is seen now.
    struct Sample: Sendable, Hashable {
        var id: UInt64
        /// Counts up with every answer; each is judged for itself.
        var answer: Int
        /// Bytes of its body by now.
        var bytes: Int64
        /// It waits for us (for the disk, the digests, or its next piece) and not for the service.
        var isHeld: Bool
    }

    /// Bytes a second; a connection with less is looked at.
    static let leastRate: Int64 = 1_024
    /// So much less than the others have on average is a crawl.
    private static let share: Int64 = 8
    /// Bytes a second of all connections together, below which the line is as good as dead.
    private static let deadLine: Int64 = 100
    /// Bytes a second of one connection that are a crawl on any line.
    private static let standstill: Int64 = 10

    private struct Seen: Sendable {
        var answer: Int
        var bytes: Int64
        var since: Duration
    }

    private let window: Duration
    private var seen: [UInt64: Seen] = [:]

    /// - Parameter window: over which rates are taken.
    init(window: Duration) { self.window = max(window, .seconds(1)) }

    /// Takes a look at all connections that are answering.
    /// - Parameters:
    ///   - now: since any fixed instant.
    ///   - limit: bytes a second that the user allows for all connections; nil is no limit.
    /// - Returns: those that crawl, sorted.
    mutating func look(_ samples: [Sample], now: Duration, limit: Int64?) -> [UInt64] {
        // Where the user holds back, nobody crawls.
        if let limit, limit / Int64(max(1, samples.count)) < Self.share * Self.leastRate {
            self.seen = [:]
            return []
        }
        var next: [UInt64: Seen] = [:]
        var ripe: [(id: UInt64, bytes: Int64, time: Duration)] = []
        for sample in samples {
            guard !sample.isHeld, let known = self.seen[sample.id], sample.answer == known.answer else {
                next[sample.id] = Seen(answer: sample.answer, bytes: sample.bytes, since: now)
                continue
            }
            next[sample.id] = known
            let time = now - known.since
            if time >= self.window {
                ripe.append((sample.id, sample.bytes - known.bytes, time))
                next[sample.id] = Seen(answer: sample.answer, bytes: sample.bytes, since: now)
            }
        }
        self.seen = next
        let rates = ripe.map { Int64(Double($0.bytes) / ($0.time / .seconds(1))) }
        let (all, mean) = self.rates(samples, next, now: now, adding: rates)
        return zip(ripe, rates).filter { _, rate in
            rate < Self.standstill || (rate < Self.leastRate && (rate * Self.share < mean || all < Self.deadLine))
        }.map(\.0.id).sorted()
    }

    /// Bytes a second of all connections and of each on average; those whose window is under way count as far as it is.
    private func rates(
        _ samples: [Sample],
        _ seen: [UInt64: Seen],
        now: Duration,
        adding ripe: [Int64]
    ) -> (all: Int64, mean: Int64) {
        var rates = ripe
        for sample in samples {
            guard let known = seen[sample.id], known.since < now else { continue }
            rates.append(Int64(Double(sample.bytes - known.bytes) / ((now - known.since) / .seconds(1))))
        }
        let all = rates.reduce(0, +)
        return (all, rates.isEmpty ? 0 : all / Int64(rates.count))
    }
}
