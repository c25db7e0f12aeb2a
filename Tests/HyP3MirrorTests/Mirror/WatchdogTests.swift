import Synchronization
import Testing

@testable import HyP3Mirror

@Suite struct WatchdogTests {
    @Test func `what stands still is told with what it was about, what moves is not`() async throws {
        let moves = Atomic<Int64>(0)
        // Moves at each of the first hundred looks, five times as long as its patience.
        let watchdog = Watchdog(
            patience: .milliseconds(100),
            progress: {
                let looks = moves.load(ordering: .relaxed)
                return looks < 100 ? moves.wrappingAdd(1, ordering: .relaxed).newValue : looks
            },
            activity: { "waiting for Godot" }
        )
        let sentence = try await watchdog.watch()
        #expect(moves.load(ordering: .relaxed) == 100)
        #expect(sentence?.contains("while waiting for Godot") == true)
    }

    @Test func `a run that ends takes its watchdog along`() async throws {
        let watchdog = Watchdog(patience: .seconds(3600), progress: { 0 }, activity: { "" })
        let task = Task { try await watchdog.watch() }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test(arguments: [
        (32, 1_000_000, 32, 96), (32, 1024, 32, 96), (256, 1024, 98, 162), (64, 64, 2, 11), (64, 100, 6, 23),
        (1, 20, 1, 1), (32, 256, 22, 77), (32, 0, 1, 1),
    ])
    func `connections and products fit the files that may be open`(_ wanted: Int, _ limit: Int, _ c: Int, _ p: Int) {
        let width = FetchWidth(wanted: wanted, descriptors: limit)
        #expect(width.connections == c && width.products == p)
        // A connection has a socket and its resolver's two, a product its data and its record.
        #expect(3 * width.connections + 2 * width.products + 36 <= max(limit, 41))
    }
}
