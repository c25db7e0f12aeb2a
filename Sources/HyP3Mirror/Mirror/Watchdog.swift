import Glibc

/// Ends a run in which nothing moves any more: one that waits for ever would keep its lock, and every later run from
/// starting.
struct Watchdog: Sendable {
    private let patience: Duration
    private let progress: @Sendable () -> Int64
    private let activity: @Sendable () -> String

    /// - Parameter patience: how long nothing may move.
    init(_ motion: Motion, patience: Duration) {
        self.init(
            patience: patience,
            progress: { motion.total + Self.processorSteps(patience: patience) },
            activity: { motion.activity }
        )
    }

    /// - Parameters:
    ///   - progress: the sum of numbers that only grow, and one of which does as long as there is movement.
    ///   - activity: what the run is doing now, for the end of a sentence.
    init(
        patience: Duration,
        progress: @escaping @Sendable () -> Int64,
        activity: @escaping @Sendable () -> String
    ) {
        self.patience = patience
        self.progress = progress
        self.activity = activity
    }

    /// Returns when nothing has moved for too long.
    /// - Returns: a sentence that says what was waited for.
    /// - Throws: `CancellationError`
    func watch() async throws -> String? {
        let clock = ContinuousClock()
        var (seen, since) = (self.progress(), clock.now)
        while since.duration(to: clock.now) < self.patience {
            try await clock.sleep(for: self.patience / 20)
            let now = self.progress()
            if now != seen { (seen, since) = (now, clock.now) }
        }
        let seconds = Int(self.patience.components.seconds)
        let time = seconds >= 120 ? Count.of(seconds / 60, "minute") : Count.of(max(1, seconds), "second")
        return
            "nothing has moved for \(time) while \(self.activity()); the run was ended, and what is staged is kept for "
            + "the next one"
    }

    /// Processor time of this process, in steps of which a run that only waits makes few in `patience`: digesting a file
    /// and reading a tree move nothing else.
    private static func processorSteps(patience: Duration) -> Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        let passed = Duration.seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        return Int64(passed / max(patience / 50, .milliseconds(1)))
    }
}

/// Runs `body`, and has it cancelled by `stop` where nothing moves for `patience`.
func withWatchdog<R>(
    _ motion: Motion,
    patience: Duration,
    _ stop: RunStop,
    _ body: () async throws -> R
) async throws -> R {
    let watchdog = Watchdog(motion, patience: patience)
    return try await withHelper {
        if let sentence = try await watchdog.watch() { stop.request(.standstill(sentence)) }
    } during: {
        try await body()
    }
}
