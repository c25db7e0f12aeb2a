import Foundation
import Testing

@testable import HyP3Mirror

@Suite struct `Plan rendering` {
    private static let suffixes = ["_VV.tif", "_VH.tif", "_FM_{flood_depth_estimator}_PW.tif"]

    private static func plan(_ jobs: [Job], present: [String] = []) throws -> Plan {
        Plan.of(
            jobs,
            policy: PlanPolicy(
                suffixes: try Self.suffixes.map { try SuffixTemplate($0) },
                acquired: .init(end: CivilTime(year: 2024, month: 1, day: 1)?.date),
                now: planNow
            ),
            present: present
        )
    }

    @Test func `the table is grouped by state, job and reason`() throws {
        let jobs: [Job] = [
            .example("0b0e8a4c-1111-4222-8333-444455556666", estimator: nil),
            .example("1b0e8a4c-1111-4222-8333-444455556666", requested: .days(-9)),
            .example("2b0e8a4c-1111-4222-8333-444455556666", stem: nil, status: .running),
            .example("3b0e8a4c-1111-4222-8333-444455556666", stem: "S1A_IW_20240520T001530_DVP_RTC30_G_gpuned_0001"),
        ]
        let present = ["S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D_VH.tif"]
        var lines: [String] = []
        PlanTable(try Self.plan(jobs, present: present), project: "floods\u{1B}[2J").write { lines.append($0) }
        #expect(
            lines.joined(separator: "\n") == """
                floods\u{FFFD}[2J: 4 jobs; 2 fetch, 2 duplicate-name, 3 unfinished, 1 not-produced, 1 present
                1 job left out: acquired after 2024-01-01T00:00:00Z

                fetch: 2 products
                  S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D
                    job 1b0e8a4c-1111-4222-8333-444455556666: missing; HyP3 keeps it until 2024-08-12
                      _FM_iterative_PW.tif  _VV.tif

                duplicate-name: 2 products
                  S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D
                    job 0b0e8a4c-1111-4222-8333-444455556666: job 1b0e8a4c-1111-4222-8333-444455556666 makes a file
                    of this name, which is archived; nothing tells whether it is the same; archive.layout with
                    {job_id}, as in {job_id}/{filename}, keeps both
                      _VH.tif
                    job 0b0e8a4c-1111-4222-8333-444455556666: job 1b0e8a4c-1111-4222-8333-444455556666 makes a file
                    of this name, and was requested first; nothing tells whether it is the same; archive.layout with
                    {job_id}, as in {job_id}/{filename}, keeps both
                      _VV.tif

                unfinished: 3 products
                  (no name yet)
                    job 2b0e8a4c-1111-4222-8333-444455556666: the job is running
                      _FM_iterative_PW.tif  _VH.tif  _VV.tif

                not-produced: 1 product
                  S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D.zip
                    job 0b0e8a4c-1111-4222-8333-444455556666: the job has no flood_depth_estimator
                      _FM_{flood_depth_estimator}_PW.tif

                present: 1 product
                  S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D
                    job 1b0e8a4c-1111-4222-8333-444455556666: in the archive
                      _VH.tif
                """
        )
        #expect(lines.allSatisfy { $0.count <= 100 })
    }

    /// Says of files that begin so that they were archived once, and of those that begin with a B that they were broken.
    private struct WithGone: AbsenceMemory {
        let prefix: String

        func isProvenAbsent(_ file: String, of job: Job) -> Bool { false }
        func isDamaged(_ file: String, of job: Job) -> Bool { file.hasPrefix("B") }

        func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String? {
            self.isDamaged(file, of: job) ? "damaged upstream when last fetched" : nil
        }

        func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge? {
            file.hasPrefix(self.prefix) ? .missing(nil) : nil
        }
    }

    @Test func `with all states and large numbers no line is longer than 100 columns`() throws {
        var jobs: [Job] = (0..<456).map { .example("fetch-\($0)", stem: "S\($0)", estimator: nil) }
        jobs += (0..<123).map { .example("gone-\($0)", stem: "G\($0)", expires: .days(-20)) }
        jobs += (0..<123).map { .example("lost-\($0)", stem: "L\($0)", expires: .days(-1)) }
        jobs += (0..<123).map { .example("wait-\($0)", stem: "W\($0)", status: .pending) }
        jobs += (0..<123).map { .example("failed-\($0)", stem: "F\($0)", status: .failed) }
        jobs += (0..<123).map { .example("broken-\($0)", stem: "B\($0)") }
        jobs += (0..<123).map { .example("twice-\($0)", stem: "S\($0)") }
        jobs += (0..<123).map { .example("empty-\($0)", stem: nil) }
        jobs += (0..<123).map { .example("unsafe-\($0)", stem: "../\($0)") }
        let suffixes = Self.suffixes + ["_long_enough_to_fill_a_line_\(String(repeating: "x", count: 60)).tif"]
        let policy = PlanPolicy(
            suffixes: try suffixes.map { try SuffixTemplate($0) },
            now: planNow,
            earlier: .example(.days(-10), suffixes)
        )
        let plan = Plan.of(
            jobs,
            policy: policy,
            present: (0..<321).map { "S\($0)_VV.tif" },
            memory: WithGone(prefix: "L1")
        )
        // What may lie in directories that cannot be read takes a real archive, and an absence a bucket that was asked.
        #expect(Set(plan.counts.keys).union([.unknown, .absent]) == Set(ProductState.allCases))
        var lines: [String] = []
        PlanTable(plan, project: "water maps of the Hindu Kush Himalaya").write { lines.append($0) }
        #expect(lines.allSatisfy { $0.count <= 100 }, "\(lines.max { $0.count < $1.count } ?? "")")
        let heading = lines.prefix { !$0.isEmpty }
        #expect(heading.count > 1 && heading.first?.hasSuffix(",") ?? false, "\(heading)")
    }

    private static let omissions: [(requested: ProjectSettings.Window, acquired: ProjectSettings.Window, [String])] = [
        (.init(), .init(), []),
        (.init(start: .days(-9)), .init(), ["not listed: jobs requested before 2024-07-23T12:00:00Z (--start)"]),
        (
            .init(start: .days(-9), end: .days(-1)),
            .init(start: CivilTime(year: 2023, month: 5, day: 21)?.date),
            [
                "not listed: jobs requested before 2024-07-23T12:00:00Z (--start)",
                "not listed: jobs requested after 2024-07-31T12:00:00Z (--end)",
                "1 job left out: acquired before 2023-05-21T00:00:00Z",
                "1 job left out: its name tells no acquisition time",
            ]
        ),
        (
            .init(end: .days(-1)),
            .init(
                start: CivilTime(year: 2023, month: 5, day: 22)?.date,
                end: CivilTime(year: 2024, month: 5, day: 22)?.date
            ),
            [
                "not listed: jobs requested after 2024-07-31T12:00:00Z (--end)",
                "2 jobs left out: acquired before 2023-05-22T00:00:00Z or after 2024-05-22T00:00:00Z",
                "1 job left out: its name tells no acquisition time",
            ]
        ),
    ]

    @Test(arguments: omissions.indices)
    func `what each date leaves out is said, with the times as resolved`(row: Int) throws {
        let (requested, acquired, said) = Self.omissions[row]
        var policy = PlanPolicy(suffixes: [try SuffixTemplate("_VV.tif")], acquired: acquired, now: planNow)
        policy.requested = requested
        let jobs: [Job] = [
            .example("a"), .example("b", stem: "S1A_IW_20230521T001530_DVP_RTC30_G_gpuned_0001"),
            .example("c", stem: "undated"),
        ]
        let plan = Plan.of(jobs, policy: policy)
        #expect(plan.omissions == said)
        var lines: [String] = []
        PlanTable(plan, project: "floods").write { lines.append($0) }
        #expect(Array(lines.dropFirst().prefix(said.count)) == said)
        policy.listedFrom = .days(-4)
        let first = Plan.of(jobs, policy: policy).omissions.first
        #expect(first == "not listed: jobs requested before 2024-07-28T12:00:00Z (--incremental)")
    }

    @Test func `a plan of nothing says so`() throws {
        var lines: [String] = []
        PlanTable(try Self.plan([]), project: "floods").write { lines.append($0) }
        #expect(lines == ["floods: 0 jobs; no products"])
    }

    @Test func `a JSON line has the contract's keys and reads back as what it was`() throws {
        struct Line: Decodable, Equatable {
            var job_id: String
            var suffix: String
            var file: String?
            var path: String?
            var url: String?
            var state: String
            var reason: String
            var expires: String?
        }
        let jobs: [Job] = [
            .example("a", stem: "S1A_20230520T001530_\u{7}\"\\\n/ü", status: .running, expires: nil),
            .example("b", stem: "S1A_IW_20230520T001530_Ü"),
            .example("c", stem: nil),
        ]
        let plan = try Self.plan(jobs)
        for product in plan.products() {
            let json = Data(product.jsonLine.utf8)
            let keys = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any]).keys
            #expect(
                Set(keys) == ["job_id", "suffix", "file", "path", "url", "state", "reason", "expires", "size"]
            )
            #expect(!product.jsonLine.contains("\n"))
            let line = try JSONDecoder().decode(Line.self, from: json)
            #expect(
                line
                    == Line(
                        job_id: product.jobID,
                        suffix: product.suffix,
                        file: product.file.isEmpty ? nil : product.file,
                        path: product.path.isEmpty ? nil : product.path,
                        url: product.url.isEmpty ? nil : product.url,
                        state: product.state.rawValue,
                        reason: product.reason,
                        expires: product.expires == nil ? nil : "2024-08-12T12:00:00Z"
                    )
            )
        }
        #expect(Array(plan.products()).count == 9)
    }

    @Test func `URLs are those of what is to be fetched, alone and in order`() throws {
        let jobs: [Job] = [
            .example("late", stem: "S1A_IW_20230520T001530_L", estimator: nil),
            .example("soon", stem: "S1A_IW_20230520T001530_S", expires: .days(1), estimator: nil),
            .example("gone", stem: "S1A_IW_20230520T001530_G", expires: .days(-1)),
        ]
        let plan = try Self.plan(jobs, present: ["S1A_IW_20230520T001530_S_VV.tif"])
        #expect(
            Array(plan.urls) == [
                "https://bucket.example/soon/S1A_IW_20230520T001530_S_VH.tif",
                "https://bucket.example/late/S1A_IW_20230520T001530_L_VH.tif",
                "https://bucket.example/late/S1A_IW_20230520T001530_L_VV.tif",
            ]
        )
    }
}
