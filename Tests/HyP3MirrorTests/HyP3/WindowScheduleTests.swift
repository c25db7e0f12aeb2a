import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import TestSupport
import Testing

@Suite struct `Windowed listing` {
    private static let origin = Origin(scheme: "https", host: "h.example", port: 443)

    /// How request times lie.
    enum Shape: CaseIterable {
        case even, bursts, oneSecond, recent, old, fewSeconds
    }

    private static func entries(
        _ count: Int,
        _ shape: Shape,
        _ generator: inout SeededGenerator
    ) -> [PagingService.Entry] {
        let now = TestPace.now.timeIntervalSince1970
        let year = 365.0 * 86400
        var burst = now - Double.random(in: 0..<year, using: &generator).rounded(.down)
        return (0..<count).map { index in
            let time: Double
            switch shape {
            case .even: time = now - Double.random(in: 0..<3 * year, using: &generator).rounded(.down)
            case .bursts:
                if index.isMultiple(of: 97) {
                    burst = now - Double.random(in: 0..<4 * year, using: &generator).rounded(.down)
                }
                time = burst
            case .oneSecond: time = now - 1000
            case .recent: time = now - Double.random(in: 0..<86400, using: &generator).rounded(.down)
            case .old: time = now - 7 * year - Double.random(in: 0..<86400, using: &generator).rounded(.down)
            case .fewSeconds: time = now - Double(Int.random(in: 0..<5, using: &generator))
            }
            let name = Int.random(in: 0..<3, using: &generator) == 0 ? "wanted" : "other"
            return PagingService.Entry(id: "job-\(index)", name: name, time: Date(timeIntervalSince1970: time))
        }
    }

    private struct Walk {
        var ids: [String] = []
        var requests = 0
        /// Rounds of answers, if all windows' answers come at the same time.
        var rounds = 0
        /// Pages without any job.
        var empty = 0
    }

    /// Runs a schedule against a service; answers come in an order that `generator` picks, or all at once.
    private static func walk(
        _ query: JobQuery,
        _ service: PagingService,
        width: Int,
        generator: inout SeededGenerator,
        lockstep: Bool = false,
        change: (inout PagingService, inout SeededGenerator) -> Void = { _, _ in }
    ) throws -> Walk {
        var service = service
        var schedule = WindowSchedule(query: query, origin: Self.origin, now: TestPace.now)
        var walk = Walk()
        var open: [WindowSchedule.Request] = []
        while true {
            while open.count < width, let request = schedule.begin(idle: width - open.count) { open.append(request) }
            guard !open.isEmpty else { return walk }
            walk.rounds += 1
            for _ in 0..<(lockstep ? open.count : 1) {
                let request = open.remove(at: lockstep ? 0 : Int.random(in: 0..<open.count, using: &generator))
                walk.requests += 1
                let page = try JobPage(body: try service.page(request.url).body, parameters: [])
                if page.jobs.isEmpty { walk.empty += 1 }
                change(&service, &generator)
                let next = try page.next.map { text throws(InvalidValue) in try HTTPURL(text) }
                walk.ids += try schedule.finish(request.window, page: page, next: next).jobs.map(\.id)
            }
        }
    }

    @Test(arguments: 0..<120) func `gives what one walk gives, each job once`(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let shape = Shape.allCases[seed % Shape.allCases.count]
        let count = Int.random(in: 0...600, using: &generator)
        let entries = Self.entries(count, shape, &generator)
        var service = PagingService(entries: entries, pageSize: Int.random(in: 1...60, using: &generator))
        service.hasOpenTokens = Bool.random(using: &generator)
        var query = JobQuery(name: Bool.random(using: &generator) ? "wanted" : nil)
        if Bool.random(using: &generator) { query.start = entries.randomElement(using: &generator)?.time }
        if Bool.random(using: &generator) { query.end = entries.randomElement(using: &generator)?.time }
        let width = Int.random(in: 1...8, using: &generator)
        let walk = try Self.walk(query, service, width: width, generator: &generator)
        #expect(walk.ids.sorted() == service.ids(query).sorted())
        if width == 1 { #expect(walk.ids == service.ids(query)) }
    }

    @Test(arguments: [(1, true), (6, true), (6, false)])
    func `empty pages by the dozen are walked through`(width: Int, hasOpenTokens: Bool) throws {
        var generator = SeededGenerator(seed: 4)
        let rare = Set([0, 1, 1500, 1501, 2999])
        let entries = (0..<3000).map { index in
            PagingService.Entry(
                id: "job-\(index)",
                name: rare.contains(index) ? "wanted" : "other",
                time: TestPace.now - Double(index * 30_000)
            )
        }
        var service = PagingService(entries: entries, pageSize: 20)
        service.hasOpenTokens = hasOpenTokens
        let walk = try Self.walk(JobQuery(name: "wanted"), service, width: width, generator: &generator)
        #expect(Set(walk.ids) == Set(rare.map { "job-\($0)" }) && walk.ids.count == rare.count)
        #expect(walk.empty >= 140)
    }

    @Test(arguments: 0..<60) func `jobs that come or change their name under the walk cost no other job`(
        _ seed: Int
    ) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let entries = Self.entries(400, Shape.allCases[seed % Shape.allCases.count], &generator)
        let service = PagingService(entries: entries, pageSize: 11, hasOpenTokens: seed.isMultiple(of: 2))
        let width = Int.random(in: 1...8, using: &generator)
        var touched: Set<String> = []
        var isRenamed = false
        let walk = try Self.walk(JobQuery(name: "wanted"), service, width: width, generator: &generator) {
            service,
            generator in
            let now = TestPace.now + Double(touched.count)
            service.submit(PagingService.Entry(id: "new-\(touched.count)", name: "wanted", time: now))
            let index = Int.random(in: 0..<service.entries.count, using: &generator)
            touched.insert(service.entries[index].id)
            isRenamed = isRenamed || service.entries[index].name == "wanted"
            service.rename(index, to: service.entries[index].name == "wanted" ? "other" : "wanted")
        }
        #expect(Set(walk.ids).count == walk.ids.count)
        let stayed = service.ids(JobQuery(name: "wanted")).filter { !touched.contains($0) }
        #expect(Set(stayed).isSubset(of: walk.ids))
        #expect(isRenamed && stayed.count > 50)
    }

    @Test(arguments: Shape.allCases) func `many pages take a sixth of the rounds, and few requests more`(
        _ shape: Shape
    ) throws {
        var generator = SeededGenerator(seed: 1)
        let service = PagingService(entries: Self.entries(4000, shape, &generator), pageSize: 20)
        let walk = try Self.walk(JobQuery(), service, width: 6, generator: &generator, lockstep: true)
        #expect(walk.ids.count == 4000)
        // 201 pages one after another; a second cannot be split.
        if shape != .oneSecond && shape != .fewSeconds { #expect(walk.rounds <= 45) }
        #expect(walk.requests <= 260)
    }

    @Test func `a catalogue of one page takes one request`() throws {
        var generator = SeededGenerator(seed: 2)
        let service = PagingService(entries: Self.entries(50, .even, &generator), pageSize: 51)
        #expect(try Self.walk(JobQuery(), service, width: 6, generator: &generator).requests == 1)
    }

    @Test func `a service that goes round in circles is found out`() throws {
        var schedule = WindowSchedule(query: JobQuery(), origin: Self.origin, now: TestPace.now)
        let page = try JobPage(
            body: Array(#"{"jobs": [], "next": "https://h.example/jobs?start_token=a"}"#.utf8),
            parameters: []
        )
        let next = try HTTPURL("https://h.example/jobs?start_token=a")
        let begun = schedule.begin(idle: 1)
        let first = try #require(begun)
        _ = try schedule.finish(first.window, page: page, next: next)
        let again = schedule.begin(idle: 1)
        let second = try #require(again)
        #expect(second.url == next)
        do throws(CatalogError) {
            _ = try schedule.finish(second.window, page: page, next: next)
            Issue.record("the circle was not seen")
        } catch {
            #expect(error.code == .endless)
        }
    }

    @Test func `a list that is not newest first is read to its end`() throws {
        var generator = SeededGenerator(seed: 3)
        let service = PagingService(entries: Self.entries(900, .even, &generator), pageSize: 10)
        // The same service with every page's times mirrored, so that later pages are newer.
        var schedule = WindowSchedule(query: JobQuery(), origin: Self.origin, now: TestPace.now)
        var ids: Set<String> = []
        var open: [WindowSchedule.Request] = []
        while true {
            while open.count < 4, let request = schedule.begin(idle: 4 - open.count) { open.append(request) }
            guard let request = open.popLast() else { break }
            let text = String(decoding: try service.page(request.url).body, as: UTF8.self)
            let mirrored = text.replacing(#/"request_time": "(\d{4})-/#) { match in
                "\"request_time\": \"\(4047 - (Int(match.1) ?? 0))-"
            }.replacing("-02-29T", with: "-02-28T")
            let page = try JobPage(body: Array(mirrored.utf8), parameters: [])
            let next = try page.next.map { text throws(InvalidValue) in try HTTPURL(text) }
            ids.formUnion(try schedule.finish(request.window, page: page, next: next).jobs.map(\.id))
        }
        #expect(ids.count == 900)
    }
}
