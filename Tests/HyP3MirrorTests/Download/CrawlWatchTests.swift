import Testing

@testable import HyP3Mirror

struct CrawlWatchTests {
    private static let window = Duration.seconds(60)

    /// Connections at these rates, in bytes a second, over so many seconds.
    /// - Returns: those that were cut.
    private static func cut(
        _ rates: [UInt64: Int64],
        seconds: Int = 121,
        limit: Int64? = nil,
        held: Set<UInt64> = []
    ) -> Set<UInt64> {
        var watch = CrawlWatch(window: self.window)
        var cut: Set<UInt64> = []
        for second in 0...seconds {
            let samples = rates.map {
                CrawlWatch.Sample(id: $0.key, answer: 1, bytes: $0.value * Int64(second), isHeld: held.contains($0.key))
            }
            cut.formUnion(watch.look(samples, now: .seconds(second), limit: limit))
        }
        return cut
    }

    @Test func `a connection that crawls beside others is cut`() {
        #expect(Self.cut([1: 2, 2: 100_000, 3: 80_000]) == [1])
        #expect(Self.cut([1: 900, 2: 100_000, 3: 80_000]) == [1])
        #expect(Self.cut([1: 2_000, 2: 1_000_000]) == [], "slower than others, and no crawl")
    }

    @Test func `a connection that crawls alone is cut`() {
        #expect(Self.cut([1: 2]) == [1])
        #expect(Self.cut([1: 0]) == [1])
    }

    @Test func `where all crawl all are cut`() {
        #expect(Self.cut([1: 2, 2: 2, 3: 3]) == [1, 2, 3])
    }

    @Test func `a line that is slow as a whole is not punished`() {
        #expect(Self.cut([1: 150]) == [])
        #expect(Self.cut([1: 60, 2: 70, 3: 50, 4: 40]) == [])
    }

    @Test func `who is held back by us does not crawl`() {
        #expect(Self.cut([1: 0, 2: 100_000], held: [1]) == [])
        #expect(Self.cut([1: 2, 2: 2], limit: 4) == [])
        #expect(Self.cut([1: 2, 2: 100_000], limit: 1_000_000) == [1], "the limit leaves room for more")
    }

    @Test func `nothing is cut before its time`() {
        #expect(Self.cut([1: 2, 2: 100_000], seconds: 59) == [])
    }

    @Test func `a new request is judged anew`() {
        var watch = CrawlWatch(window: Self.window)
        for second in 0..<600 {
            // Each request brings little, and none takes long.
            let sample = CrawlWatch.Sample(id: 1, answer: second / 30, bytes: Int64(second % 30), isHeld: false)
            #expect(watch.look([sample], now: .seconds(second), limit: nil).isEmpty)
        }
    }
}
