import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct `Quantities` {
    @Test(
        arguments: [
            ("0", 0), ("1000", 1000), ("500k", 500_000), ("20M", 20_000_000), ("10G", 10_000_000_000),
            ("500MiB", 524_288_000), ("1.5G", 1_500_000_000), ("2TB", 2_000_000_000_000), ("1Ki", 1024), ("7b", 7),
        ] as [(String, Int64)]
    )
    func `bytes are read with their unit`(_ text: String, _ bytes: Int64) {
        #expect(ByteQuantity.bytes(text) == bytes)
    }

    @Test(arguments: [
        "", "G", "-1", "1X", "1.G", ".5G", "1e3", "10 G", "99999999999999999999", "9999999999T", "1.2.3M",
    ])
    func `what is no number of bytes is refused`(_ text: String) {
        #expect(ByteQuantity.bytes(text) == nil)
    }

    @Test(arguments: [("45s", 45), ("90m", 5400), ("2h", 7200), ("1h30m", 5400), ("3d", 259_200), ("1d2h3m4s", 93784)])
    func `a span of time is read with its units`(_ text: String, _ seconds: Int) throws {
        #expect(try DurationText.duration(text) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "90", "m", "1m1h", "1h1h", "1.5h", "-1h", "99999999999999999999s", "9999999999999999d", "1h30",
    ])
    func `what is no span of time is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try DurationText.duration(text) }
    }

    @Test func `a timetable holds from each time to the next, over midnight too`() throws {
        let limit = try RateLimit("18:00,off 08:00,2M 12:30,500k")
        func rate(_ hour: Int, _ minute: Int) -> Int64? {
            limit.bytesPerSecond(atSecondOfDay: hour * 3600 + minute * 60)
        }
        #expect(rate(0, 0) == nil)
        #expect(rate(7, 59) == nil)
        #expect(rate(8, 0) == 2_000_000)
        #expect(rate(12, 29) == 2_000_000)
        #expect(rate(12, 30) == 500_000)
        #expect(rate(18, 0) == nil)
        #expect(limit.bytesPerSecond(at: .distantPast, secondOfDay: { _ in 9 * 3600 }) == 2_000_000)
        #expect(try RateLimit("20M").bytesPerSecond(atSecondOfDay: 5) == 20_000_000)
        #expect(try RateLimit("off") == .unlimited)
    }

    @Test func `the local second of the day agrees with the system's clock`() {
        #expect((0..<86400).contains(RateLimit.localSecondOfDay(Date())))
    }

    @Test(arguments: ["", "0", "fast", "08:00", "08:00,", "24:00,2M", "8:00,2M", "08:00,2M 08:00,off", "08:00,2M,3"])
    func `what is no rate is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try RateLimit(text) }
    }

    @Test func `shards share out every job once, the same way for ever`() throws {
        let ids = (0..<2000).map { "job-\($0)" }
        let shards = try (1...7).map { try Shard("\($0)/7") }
        for id in ids { #expect(shards.filter { $0.contains(jobID: id) }.count == 1) }
        for shard in shards { #expect((200...380).contains(ids.filter { shard.contains(jobID: $0) }.count)) }
        #expect(try Shard("2/8").contains(jobID: "fe7ce5b7-2d62-4e0f-bf9e-884487f0ef76") == false)
        #expect(shards.firstIndex { $0.contains(jobID: "01bd96cf-3e46-4a4e-ac25-764d45af864b") } != nil)
    }

    @Test(arguments: ["", "1", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/4", "1/99999"])
    func `what is no shard is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try Shard(text) }
    }
}
