import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// Random catalogues and archives, small enough that names collide, against a plan made by the plainest means.
@Suite struct `Any plan` {
    private static let suffixes = [
        "_VV.tif", ".tif", "_WM.tif", ".zip", "_FM_{flood_depth_estimator}_PW.tif", "_{flood_depth_estimator}.tif",
    ]

    private struct World {
        var jobs: [Job]
        var present: Set<String>
        var policy: PlanPolicy

        init(seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            let stems = ["S1A_IW_20230520T001530_A", "S1A_IW_20230601T001530_B", "P", "P_WM", "P_VV", "bad/name"]
            let statuses: [Job.Status] = [.succeeded, .succeeded, .succeeded, .succeeded, .running, .failed, .pending]
            self.jobs = (0..<Int.random(in: 0...25, using: &random)).map { number in
                Job.example(
                    "job-\(number)",
                    stem: Int.random(in: 0...9, using: &random) == 0 ? nil : stems.randomElement(using: &random),
                    status: statuses.randomElement(using: &random) ?? .succeeded,
                    requested: .days(Double(Int.random(in: -4 ... -1, using: &random))),
                    expires: [nil, .days(-20), .days(-1), .days(1), .days(2)].randomElement(using: &random) ?? nil,
                    estimator: [nil, "iterative", "WM", "nmad"].randomElement(using: &random) ?? nil
                )
            }
            let names = stems.flatMap { stem in
                ["_VV.tif", ".tif", "_WM.tif", ".zip", "_FM_nmad_PW.tif", "_nmad.tif"].map { stem + $0 }
            }
            self.present = Set(names.filter { !$0.contains("/") && Int.random(in: 0...3, using: &random) == 0 })
            let windows = [nil, CivilTime(year: 2023, month: 5, day: 25)?.date]
            let wanted = Array(suffixes.shuffled(using: &random).prefix(Int.random(in: 1...6, using: &random)))
            self.policy = PlanPolicy(
                suffixes: try wanted.map { try SuffixTemplate($0) },
                acquired: .init(start: windows.randomElement(using: &random) ?? nil),
                now: planNow,
                earlier: [EarlierRuns(), .example(.days(-10), wanted)].randomElement(using: &random) ?? EarlierRuns()
            )
        }

        func plan(_ jobs: [Job], keeping: Planner.Keeping = .all) -> Plan {
            Plan.of(jobs, policy: self.policy, present: self.present.map { "sub/\($0)" }, keeping: keeping)
        }

        /// States by `job file-or-suffix`, worked out product by product and name by name.
        func expected() -> [String: ProductState] {
            struct Item {
                var job: Job
                var file: String
                var state: ProductState
            }
            var items: [Item] = []
            for job in self.jobs {
                let names = self.policy.naming.names(of: job)
                if let start = self.policy.acquired.start, !job.files.isEmpty {
                    guard let acquired = names.acquired, acquired >= start else { continue }
                }
                var seen: Set<String> = []
                for suffix in self.policy.suffixes {
                    var filled = suffix.text
                    if case .suffix(let text) = suffix.filled(from: job.templateParameters) { filled = text }
                    if filled != suffix.text, self.policy.suffixes.contains(where: { $0.text == filled }) { continue }
                    guard seen.insert(filled).inserted else { continue }
                    items.append(
                        Item(job: job, file: (names.stem ?? "") + filled, state: self.state(job, suffix, names))
                    )
                }
            }
            for (file, indices) in Dictionary(grouping: items.indices, by: { items[$0].file }) where !file.isEmpty {
                let claims = indices.filter { items[$0].state == .present || items[$0].state == .fetch }
                let first = claims.min {
                    let (a, b) = (items[$0].job, items[$1].job)
                    return a.requestTime != b.requestTime ? a.requestTime < b.requestTime : a.id < b.id
                }
                for claim in claims where claim != first { items[claim].state = .duplicateName }
            }
            return Dictionary(items.map { ("\($0.job.id) \($0.file)", $0.state) }) { first, _ in first }
        }

        private func state(_ job: Job, _ suffix: SuffixTemplate, _ names: JobNames) -> ProductState {
            if job.status == .failed { return .failed }
            if job.status != .succeeded { return .unfinished }
            let isExpired = job.expires.map { $0 <= planNow } ?? false
            switch names.product(suffix) {
            case .notProduced:
                if case .suffix(let text) = suffix.filled(from: job.templateParameters), let stem = names.stem,
                    self.present.contains(stem + text)
                {
                    return .present
                }
                return .notProduced
            case .noFiles:
                if case .notProduced = suffix.filled(from: job.templateParameters) { return .notProduced }
                return isExpired ? .expired : .failed
            case .unsafe:
                if case .notProduced = suffix.filled(from: job.templateParameters) { return .notProduced }
                return isExpired ? .expired : .unsafeName
            case .product(let file, _, _):
                if self.present.contains(file) { return .present }
                guard isExpired, let expires = job.expires else { return .fetch }
                return self.policy.earlier.complete.map { expires > $0.started } ?? false ? .lost : .expired
            }
        }
    }

    @Test(arguments: 0..<200)
    func `agrees with one made by the plainest means, in whatever order jobs come`(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed) + 1_000_000)
        let plan = world.plan(world.jobs)
        let rows = plan.rows

        var found: [String: ProductState] = [:]
        for row in rows {
            let job = try #require(world.jobs.first { $0.id == row.jobID })
            let stem = world.policy.naming.names(of: job).stem ?? ""
            found["\(row.jobID) \(stem + row.suffix)"] = row.state
        }
        #expect(found == world.expected())
        #expect(found.count == rows.count, "each product is planned once")
        #expect(plan.counts == Dictionary(rows.map { ($0.state, 1) }, uniquingKeysWith: +))

        let fetched = rows.filter { $0.state == .fetch }
        #expect(Set(fetched.map(\.path)).count == fetched.count, "no two products go to one path")
        #expect(fetched.allSatisfy { !world.present.contains($0.file) && !$0.url.isEmpty && !$0.path.isEmpty })
        #expect(rows.allSatisfy { !$0.reason.isEmpty })

        let again = world.plan(world.jobs.shuffled(using: &random) + world.jobs)
        #expect(again.rows.map(Self.text) == rows.map(Self.text), "the order of jobs does not matter")

        let work = world.plan(world.jobs, keeping: .work)
        #expect(work.counts == plan.counts)
        let listed: Set<ProductState> = [.fetch, .lost, .absent, .unsafeName]
        #expect(Array(work.products(listed)).map(Self.text) == Array(plan.products(listed)).map(Self.text))

        let deletions = rows.map { $0.expires ?? .distantFuture }
        #expect(deletions == deletions.sorted())
    }

    private static func text(_ row: PlannedProduct) -> String {
        "\(row.jobID) \(row.suffix) \(row.file) \(row.path) \(row.url) \(row.state) \(row.reason)"
    }
}
