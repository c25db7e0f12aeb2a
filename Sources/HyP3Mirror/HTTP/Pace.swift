package import FoundationEssentials

/// Time as the catalogue sees it: the clock, waiting, and chance. Tests put their own in and never wait.
package struct Pace: Sendable {
    package let now: @Sendable () -> Date
    package let sleep: @Sendable (Duration) async throws -> Void
    /// From 0 up to 1.
    package let random: @Sendable () -> Double
    /// Since any fixed instant, by a clock that nobody sets.
    package let elapsed: @Sendable () -> Duration

    /// - Parameter elapsed: nil where nobody sets the clock either.
    package init(
        now: @escaping @Sendable () -> Date,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double,
        elapsed: (@Sendable () -> Duration)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
        self.elapsed = elapsed ?? { .seconds(now().timeIntervalSinceReferenceDate) }
    }

    /// The system's clock and generator.
    package static let real = Pace(
        now: { Date() },
        sleep: { try await Task.sleep(for: $0) },
        random: { Double.random(in: 0..<1) },
        elapsed: { Self.start.duration(to: .now) }
    )

    private static let start = ContinuousClock.now
}
