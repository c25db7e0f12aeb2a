import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Logging
import Synchronization
import Testing

/// How many connections a run uses.
@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
    /// What is seen of a run while the service changes its mind.
    private final class Watch: Sendable {
        struct State {
            /// Limits, in the order in which they came.
            var limits: [Int] = []
            var throttledAt: Int?
            var freedAt: Int?
        }
        let state = Mutex(State())
        private let simulator: Simulator

        init(_ simulator: Simulator) { self.simulator = simulator }

        /// Once the run uses 16 connections the service serves 6; once the run keeps to that, any number again.
        func note(_ event: LogEvent) {
            guard event.message == "connections", let limit = event.metadata?["to"].flatMap({ Int("\($0)") }) else {
                return
            }
            let wish = self.state.withLock { state -> Int?? in
                state.limits.append(limit)
                if state.throttledAt == nil, limit >= 16 {
                    state.throttledAt = state.limits.count - 1
                    return .some(6)
                }
                if state.throttledAt != nil, state.freedAt == nil, limit <= 4 {
                    state.freedAt = state.limits.count - 1
                    return .some(nil)
                }
                return nil
            }
            if let wish { self.simulator.limitConcurrency(wish) }
        }
    }

    @Test func `connections grow while that helps, fall when the service throttles, and rise again`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 200_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            let suffixes = (0..<420).map { "_\($0).bin" }
            let bytes = Content.pattern(seed: 3, count: 60_000)
            for suffix in suffixes {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(bytes.bytes))
            }
            let watch = Watch(mirror.simulator)
            let logger = Logger(label: "test") { _ in LogListener(onLine: watch.note) }
            let report = try await mirror.sync(suffixes: suffixes, attempts: 40, logger: logger)
            let seen = watch.state.withLock { $0 }
            let throttled = try #require(seen.throttledAt, "\(seen.limits)")
            let freed = try #require(seen.freedAt, "\(seen.limits)")
            #expect(seen.limits[..<throttled].allSatisfy { $0 <= 16 } && seen.limits[0] > 8, "\(seen.limits)")
            #expect(zip(seen.limits[throttled...freed], seen.limits[throttled...freed].dropFirst()).allSatisfy(>))
            #expect(try #require(seen.limits.last) > seen.limits[freed], "\(seen.limits)")
            let refused = mirror.productRequests.count { $0.status == 503 }
            #expect(refused > 0)
            #expect(report.exitCode == .ok, "\(report.rows.prefix(3)) \(seen.limits), \(refused) refused")
            #expect(report.archived == suffixes.count)
        }
    }
}
