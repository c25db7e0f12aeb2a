package import FoundationEssentials

/// Time as the catalogue sees it: the clock, waiting, and chance. Tests put their own in and never wait.
package struct Pace: Sendable {
    package let now: @Sendable () -> Date
    package let sleep: @Sendable (Duration) async throws -> Void
    /// From 0 up to 1.
    package let random: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Date,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The system's clock and generator.
    package static let real = Pace(
        now: { Date() },
        sleep: { try await Task.sleep(for: $0) },
        random: { Double.random(in: 0..<1) }
    )
}
