import CurlTransfer
import FoundationEssentials

/// Keeps an engine to a rate limit while `body` runs; a timetable's change takes effect within half a minute.
func withRateLimit<R>(
    _ limit: RateLimit,
    of engine: TransferEngine,
    _ body: () async throws -> R
) async throws -> R {
    guard limit != .unlimited else { return try await body() }
    await engine.limitRate(limit.bytesPerSecond(at: .now))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            while !Task.isCancelled {
                await engine.limitRate(limit.bytesPerSecond(at: .now))
                try await Task.sleep(for: .seconds(30))
            }
        }
        let result = try await body()
        group.cancelAll()
        return result
    }
}
