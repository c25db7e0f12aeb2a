import CurlTransfer
import FoundationEssentials

/// Keeps an engine to a rate limit while `body` runs; a timetable's change takes effect within half a minute.
func withRateLimit<R>(
    _ limit: RateLimit,
    of engine: TransferEngine,
    _ pace: Pace,
    _ body: () async throws -> R
) async throws -> R {
    guard limit != .unlimited else { return try await body() }
    // Before the first byte; the helper may come a moment later.
    await engine.limitRate(limit.bytesPerSecond(at: pace.now()))
    return try await withHelper {
        while true {
            await engine.limitRate(limit.bytesPerSecond(at: pace.now()))
            try await pace.sleep(.seconds(30))
        }
    } during: {
        try await body()
    }
}

/// Runs `helper` beside `body` and cancels it when `body` is done.
func withHelper<R>(
    _ helper: @escaping @Sendable () async throws -> Void,
    during body: () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await helper() }
        let result = try await body()
        group.cancelAll()
        return result
    }
}
