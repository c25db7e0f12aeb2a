import Testing

@testable import HyP3Mirror

@Suite struct SurveyTotalsTests {
    @Test func `the total is told once every product's size is known`() throws {
        var totals = SurveyTotals()
        #expect(totals.bytes(ofAll: 0) == nil)
        totals.add(try Self.survey(sizes: [10, 20], absent: 1))
        #expect(totals.bytes(ofAll: 5) == nil && totals.bytes == 30)
        totals.add(try Self.survey(sizes: [5, nil], absent: 0))
        #expect(totals.bytes(ofAll: 5) == nil)
        totals.add(try Self.survey(sizes: [.max, 1], absent: 0))
        #expect(totals.bytes(ofAll: 6) == .max)
    }

    private struct Room: Sendable {
        var free: Int64?
        var reserve: Int64 = 0
        var sizes: [Int64]
        var warnings: Int
    }

    private static let rooms = [
        Room(free: 100, sizes: [40, 60], warnings: 0), Room(free: 100, sizes: [40, 61], warnings: 1),
        Room(free: 100, reserve: 50, sizes: [40, 11], warnings: 1),
        Room(free: 100, reserve: 50, sizes: [40, 10], warnings: 0),
        Room(free: 100, reserve: 200, sizes: [1], warnings: 1),
        Room(free: 100, sizes: [200, 200], warnings: 1), Room(free: nil, sizes: [.max], warnings: 0),
    ]

    @Test(arguments: Self.rooms)
    private func `too little room is said once`(room: Room) throws {
        var forecast = SpaceForecast(directory: "/a", free: room.free, reserve: room.reserve)
        var said: [String] = []
        for size in room.sizes {
            if let warning = forecast.add(try Self.survey(sizes: [size, nil], absent: 0)) { said.append(warning) }
        }
        #expect(said.count == room.warnings)
        #expect(said.allSatisfy { $0.contains("/a has 100 B free") })
    }

    private static func survey(sizes: [Int64?], absent: Int) throws -> JobSurvey {
        let known = sizes.indices.map { "_\($0).tif" } + (0..<absent).map { "_x\($0).tif" }
        let policy = PlanPolicy(suffixes: try known.map(SuffixTemplate.init), now: planNow)
        let plan = Plan.of([.example("j")], policy: policy, keeping: .work)
        var job = try #require(plan.pending.first { _ in true })
        let before = job
        for row in job.rows.indices {
            if row < sizes.count {
                job.rows[row].listed = sizes[row].map { ListedObject(size: $0, etag: nil) }
            } else {
                job.rows[row].state = .absent
            }
        }
        return JobSurvey(plan, before: before, after: job)
    }
}
