import FoundationEssentials
import Testing

@testable import HyP3Mirror

@Suite struct `Plan summary` {
    private static func plan(_ sizes: [Int64?], jobs: [Job]? = nil) throws -> Plan {
        let suffix = try SuffixTemplate("_VV.tif")
        let jobs = jobs ?? sizes.indices.map { .example("job-\($0)", stem: "S\($0)") }
        let plan = Plan.of(jobs, policy: PlanPolicy(suffixes: [suffix], now: planNow))
        var surveyed: [Int: Plan.KeptJob] = [:]
        for (job, size) in zip(plan.pending, sizes) {
            var job = job
            if let size { job.rows[0].listed = ListedObject(size: size, etag: nil) }
            surveyed[job.number] = job
        }
        return plan.replacingPending(by: surveyed)
    }

    private static func lines(_ plan: Plan, free: Int64? = nil, rate: Double? = nil) -> [String] {
        PlanSummary(plan, PlanOutlook(now: planNow, free: free, rate: rate)).lines
    }

    @Test func `says how much is to come, for how long, and what is left of the disk`() throws {
        let lines = Self.lines(try Self.plan([2_000_000_000, 600_000_000]), free: 10_000_000_000, rate: 26_000_000)
        #expect(
            lines == [
                "to fetch: 2 products, 2.6 GB; 1 min 40 s at the last rate (26 MB/s)",
                "expiring first: 2024-08-12T12:00:00Z; 0 within a day, 0 within a week", "gone: nothing",
                "suspicious: nothing", "disk afterwards: 7.4 GB free (10 GB free now)",
            ],
            "\(lines)"
        )
    }

    @Test func `promises nothing that nobody has looked at`() throws {
        let some = Self.lines(try Self.plan([5_000_000, nil]), free: 1_000_000)
        #expect(some[0] == "to fetch: 2 products, at least 5 MB, 1 of them of a size that no listing has told")
        #expect(some[4] == "disk afterwards: 4 MB too little (1 MB free now)")
        let none = Self.lines(try Self.plan([nil]), free: nil, rate: 1000)
        #expect(none[0] == "to fetch: 1 product, of a size that no listing has told")
        #expect(none[4].contains("does not say"))
    }

    @Test func `adds up whatever a listing says`() throws {
        let lines = Self.lines(try Self.plan([.max, .max, 0]), free: 1, rate: 1)
        #expect(lines[0].contains("EB"), "\(lines)")
        #expect(lines[4].contains("too little"))
    }

    @Test func `names what is gone, and what looks wrong`() throws {
        let jobs: [Job] = [
            .example("a", stem: "A", expires: .days(-2)), .example("b", stem: "B", status: .failed),
            .example("c", stem: "../C"),
        ]
        let lines = Self.lines(try Self.plan([], jobs: jobs))
        #expect(lines[0] == "to fetch: nothing" && lines[1] == "expiring first: nothing")
        #expect(lines[2] == "gone: 1 expired" && lines[3] == "suspicious: 1 unsafe-name, 1 failed", "\(lines)")
    }
}
