import Testing

@testable import HyP3Mirror

struct ConnectionPacingTests {
    private static func seen(
        _ throughput: Double,
        exhausted: Bool = true,
        throttled: Bool = false,
        latency: Double? = 0.001
    ) -> ConnectionPacing.Observation {
        .init(throughput: throughput, isExhausted: exhausted, isThrottled: throttled, latency: latency)
    }

    @Test func `on a short line growth stops where it brings nothing`() {
        var pacing = ConnectionPacing(most: 32, isFixed: false, latency: 0.001)
        let limits = [100.0, 101, 100, 102].map { pacing.look(Self.seen($0)) }
        #expect(limits == [16, 16, 16, 16])
    }

    @Test func `while more connections bring more, there are more`() {
        var pacing = ConnectionPacing(most: 32, isFixed: false, latency: nil)
        let limits = [100.0, 190, 370].map { pacing.look(Self.seen($0)) }
        #expect(limits == [16, 32, 32])
    }

    @Test func `a far service gets all connections at once`() {
        #expect(ConnectionPacing(most: 64, isFixed: false, latency: 0.15).limit == 64)
        var pacing = ConnectionPacing(most: 64, isFixed: false, latency: nil)
        #expect(pacing.limit == 8)
        _ = pacing.look(Self.seen(10, latency: 0.3))
        _ = pacing.look(Self.seen(5, latency: 0.3))
        #expect(pacing.look(Self.seen(3, latency: 0.3)) == 64)
    }

    @Test func `a near service gets no more than fill its line, unless the user says so`() {
        var pacing = ConnectionPacing(most: 64, isFixed: false, latency: 0.001)
        let limits = [100.0, 190, 370, 700, 1400].map { pacing.look(Self.seen($0)) }
        #expect(limits == [16, 32, 32, 32, 32])
        #expect(ConnectionPacing(most: 64, isFixed: true, latency: 0.001).limit == 64)
    }

    @Test func `throttling halves the limit once a look, and it rises again one by one`() {
        var pacing = ConnectionPacing(most: 32, isFixed: false, latency: 0.15)
        #expect(pacing.look(Self.seen(100, throttled: true)) == 16)
        #expect(pacing.look(Self.seen(100, throttled: true)) == 8)
        var limits: [Int] = []
        for _ in 0..<40 { limits.append(pacing.look(Self.seen(100))) }
        #expect(limits.first == 8 && limits.last == 32)
        #expect(zip(limits, limits.dropFirst()).allSatisfy { $1 - $0 <= 1 })
    }

    @Test func `nothing is changed while connections are to spare`() {
        var pacing = ConnectionPacing(most: 32, isFixed: false, latency: nil)
        #expect(pacing.look(Self.seen(100, exhausted: false)) == 8)
    }

    @Test func `a number given by the user is the start and the most`() {
        var pacing = ConnectionPacing(most: 3, isFixed: true, latency: nil)
        #expect(pacing.limit == 3)
        #expect(pacing.look(Self.seen(100)) == 3)
        #expect(pacing.look(Self.seen(100, throttled: true)) == 1)
        #expect(pacing.look(Self.seen(100, throttled: true)) == 1)
    }
}
