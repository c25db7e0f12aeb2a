import HyP3Mirror

/// Bytes a second over the last seconds.
struct RecentRate {
    private var samples: [(time: Duration, bytes: Int64)] = []
    private let span: Duration

    init(over span: Duration) { self.span = span }

    /// - Returns: nil where there is nothing to compare with.
    mutating func rate(_ bytes: Int64, at time: Duration) -> Double? {
        self.samples.append((time, bytes))
        // One older than the span stays, to compare with.
        while self.samples.count > 2, time - self.samples[1].time >= self.span { self.samples.removeFirst() }
        let (first, passed) = (self.samples[0], time - self.samples[0].time)
        return passed > .zero ? Double(bytes - first.bytes) / (passed / .seconds(1)) : nil
    }
}
