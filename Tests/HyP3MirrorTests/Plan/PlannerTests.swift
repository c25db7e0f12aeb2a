import Foundation
import Testing

@testable import HyP3Mirror

@Suite struct Planning {
    private static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

    private static func policy(
        _ suffixes: [String] = ["_VV.tif"],
        layout: String = "{filename}",
        acquired: ProjectSettings.Window = .init(),
        shard: String? = nil,
        keptSince: Date? = nil
    ) throws -> PlanPolicy {
        PlanPolicy(
            suffixes: try suffixes.map { try SuffixTemplate($0) },
            naming: ProductNaming(layout: try Layout(layout)),
            acquired: acquired,
            shard: try shard.map { try Shard($0) },
            now: planNow,
            earlier: keptSince.map { .example($0, suffixes) } ?? EarlierRuns()
        )
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var job: Job
        var suffix = "_VV.tif"
        var present: [String] = []
        var state: ProductState
        var reason: String
    }

    private static let cases: [Case] = [
        Case(
            testDescription: "missing",
            job: .example("a"),
            state: .fetch,
            reason: "missing; HyP3 keeps it until 2024-08-12"
        ),
        Case(
            testDescription: "missing, kept for ever",
            job: .example("a", expires: nil),
            state: .fetch,
            reason: "missing"
        ),
        Case(
            testDescription: "present",
            job: .example("a"),
            present: ["\(stem)_VV.tif"],
            state: .present,
            reason: "in the archive"
        ),
        Case(
            testDescription: "present and expired",
            job: .example("a", expires: .days(-100)),
            present: ["x/y/\(stem)_VV.tif"],
            state: .present,
            reason: "in the archive"
        ),
        Case(
            testDescription: "expired",
            job: .example("a", expires: .days(-1)),
            state: .expired,
            reason: "HyP3 deleted it on 2024-07-31"
        ),
        Case(
            testDescription: "expired this second",
            job: .example("a", expires: planNow),
            state: .expired,
            reason: "HyP3 deleted it on 2024-08-01"
        ),
        Case(
            testDescription: "a second before expiry",
            job: .example("a", expires: planNow.addingTimeInterval(1)),
            state: .fetch,
            reason: "missing; HyP3 keeps it until 2024-08-01"
        ),
        Case(
            testDescription: "pending",
            job: .example("a", status: .pending),
            state: .unfinished,
            reason: "the job waits to be run"
        ),
        Case(
            testDescription: "running, though it lists files",
            job: .example("a", status: .running),
            state: .unfinished,
            reason: "the job is running"
        ),
        Case(
            testDescription: "failed, though it lists files and one is here",
            job: .example("a", status: .failed),
            present: ["\(stem)_VV.tif"],
            state: .failed,
            reason: "the job failed"
        ),
        Case(
            testDescription: "a new kind of state",
            job: .example("a", status: .unknown("HELD\n")),
            state: .unfinished,
            reason: "the job is in the unknown state \"HELD\\n\""
        ),
        Case(
            testDescription: "parameter given",
            job: .example("a"),
            suffix: "_FM_{flood_depth_estimator}_PW.tif",
            state: .fetch,
            reason: "missing; HyP3 keeps it until 2024-08-12"
        ),
        Case(
            testDescription: "parameter null",
            job: .example("a", estimator: nil),
            suffix: "_FM_{flood_depth_estimator}_PW.tif",
            state: .notProduced,
            reason: "the job has no flood_depth_estimator"
        ),
        Case(
            testDescription: "parameter null and expired",
            job: .example("a", expires: .days(-1), estimator: nil),
            suffix: "_FM_{flood_depth_estimator}_PW.tif",
            state: .notProduced,
            reason: "the job has no flood_depth_estimator"
        ),
        Case(
            testDescription: "no files",
            job: .example("a", stem: nil),
            state: .failed,
            reason: "the job succeeded and lists no files"
        ),
        Case(
            testDescription: "no files and expired",
            job: .example("a", stem: nil, expires: .days(-1)),
            state: .expired,
            reason: "HyP3 deleted it on 2024-07-31"
        ),
        Case(
            testDescription: "a name with a slash",
            job: .example("a", stem: "../../etc/passwd"),
            state: .unsafeName,
            reason: "the name holds a slash"
        ),
        Case(
            testDescription: "a name with a slash, expired",
            job: .example("a", stem: "a/b", expires: .days(-1)),
            state: .expired,
            reason: "HyP3 deleted it on 2024-07-31"
        ),
        Case(
            testDescription: "a parameter that is no name",
            job: .example("a", estimator: "../x"),
            suffix: "_FM_{flood_depth_estimator}_PW.tif",
            state: .unsafeName,
            reason: "job parameter flood_depth_estimator is \"../x\", which is not fit for a file name"
        ),
    ]

    @Test(arguments: cases)
    func `a product gets the state that its job and the archive tell`(_ row: Case) throws {
        let plan = Plan.of([row.job], policy: try Self.policy([row.suffix]), present: row.present)
        let product = try #require(plan.rows.first)
        #expect(plan.rows.count == 1)
        #expect(product.state == row.state)
        #expect(product.reason == row.reason)
        #expect(plan.counts == [row.state: 1])
        #expect(plan.jobs == 1)
    }

    @Test func `a missing product has its name, path and URL`() throws {
        let policy = try Self.policy(["_FM_{flood_depth_estimator}_PW.tif"], layout: "{year}/{month}/{filename}")
        let product = try #require(Plan.of([.example("j1")], policy: policy).rows.first)
        #expect(product.suffix == "_FM_iterative_PW.tif")
        #expect(product.file == "\(Self.stem)_FM_iterative_PW.tif")
        #expect(product.path == "2023/05/\(Self.stem)_FM_iterative_PW.tif")
        #expect(product.url == "https://bucket.example/j1/\(Self.stem)_FM_iterative_PW.tif")
        #expect(product.expires == .days(11))
    }

    @Test func `a present product has the path where it was found`() throws {
        let policy = try Self.policy(layout: "{year}/{filename}")
        let plan = Plan.of([.example("a")], policy: policy, present: ["sorted/by hand/\(Self.stem)_VV.tif"])
        #expect(plan.rows.map(\.path) == ["sorted/by hand/\(Self.stem)_VV.tif"])
        #expect(plan.rows.map(\.file) == ["\(Self.stem)_VV.tif"])
    }

    @Test(arguments: [(FileKind.directory, "directory"), (.symlink, "symbolic link"), (.special, "special file")])
    func `what lies where a product must go keeps it out`(kind: FileKind, word: String) throws {
        let policy = try Self.policy(layout: "{year}/{filename}")
        let inTheWay = Plan.of([.example("a")], policy: policy, obstacles: [("2023/\(Self.stem)_VV.tif", kind)])
        #expect(inTheWay.rows.map(\.state) == [.unsafeName])
        #expect(inTheWay.rows.map(\.reason) == ["a \(word) of this name lies in the archive"])
        let elsewhere = Plan.of([.example("a")], policy: policy, obstacles: [("\(Self.stem)_VV.tif", kind)])
        #expect(elsewhere.rows.map(\.state) == [.fetch])
    }

    @Test func `what HyP3 deletes soonest comes first, what it keeps comes last`() throws {
        let jobs: [Job] = [
            .example("keeps", stem: "A", expires: nil),
            .example("late", stem: "B", requested: .days(-9), expires: .days(9)),
            .example("soon", stem: "C", expires: .days(1)),
            .example("younger", stem: "D", requested: .days(-1), expires: .days(5)),
            .example("older", stem: "F", requested: .days(-2), expires: .days(5)),
            .example("sibling", stem: "E", requested: .days(-2), expires: .days(5)),
        ]
        let plan = Plan.of(jobs, policy: try Self.policy(["_b.tif", "_a.tif"]))
        #expect(
            plan.rows.map(\.file) == [
                "C_a.tif", "C_b.tif", "E_a.tif", "E_b.tif", "F_a.tif", "F_b.tif", "D_a.tif", "D_b.tif", "B_a.tif",
                "B_b.tif", "A_a.tif", "A_b.tif",
            ]
        )
    }

    @Test func `of two jobs that make one name, the first requested fetches it`() throws {
        let jobs: [Job] = [
            .example("young", requested: .days(-1), expires: .days(2)),
            .example("old", requested: .days(-5), expires: .days(9)),
            .example("gone", requested: .days(-90), expires: .days(-60)),
            .example("running", status: .running, requested: .days(-99)),
        ]
        for keeping in [Planner.Keeping.work, .all] {
            let plan = Plan.of(jobs, policy: try Self.policy(), keeping: keeping)
            #expect(plan.counts == [.fetch: 1, .duplicateName: 1, .expired: 1, .unfinished: 1])
            let fetched = try #require(plan.rows.first { $0.state == .fetch })
            #expect(fetched.jobID == "old")
            let duplicate = try #require(plan.rows.first { $0.state == .duplicateName })
            #expect(duplicate.jobID == "young")
            #expect(
                duplicate.reason
                    == "job old makes a file of this name, and was requested first; nothing tells whether it is the "
                    + "same; archive.layout with {job_id}, as in {job_id}/{filename}, keeps both"
            )
        }
    }

    @Test func `of two jobs whose one name is present, the first requested has it`() throws {
        let jobs: [Job] = [
            .example("b", requested: .days(-5)), .example("a", requested: .days(-5)),
            .example("c", requested: .days(-4)),
        ]
        let present = ["\(Self.stem)_VV.tif"]
        let all = Plan.of(jobs, policy: try Self.policy(["_VV.tif", "_VH.tif"]), present: present)
        #expect(all.counts == [.present: 1, .fetch: 1, .duplicateName: 4])
        #expect(all.rows.filter { $0.state == .present }.map(\.jobID) == ["a"])
        #expect(all.rows.filter { $0.state == .fetch }.map(\.jobID) == ["a"])
        let work = Plan.of(jobs, policy: try Self.policy(["_VV.tif", "_VH.tif"]), present: present, keeping: .work)
        #expect(work.counts == all.counts)
        let contested = work.rows.filter { $0.suffix == "_VV.tif" }
        #expect(contested.map { "\($0.jobID) \($0.state)" }.sorted() == ["b duplicateName", "c duplicateName"])
    }

    @Test func `one name made by different stems and suffixes is shared, too`() throws {
        let jobs: [Job] = [.example("a", stem: "P", requested: .days(-5)), .example("b", stem: "P_WM")]
        let plan = Plan.of(jobs, policy: try Self.policy([".tif", "_WM.tif"]))
        #expect(plan.rows.filter { $0.state == .duplicateName }.map { "\($0.jobID) \($0.file)" } == ["b P_WM.tif"])
    }

    @Test func `two templates that come to one suffix make one product`() throws {
        let policy = try Self.policy([
            "_{flood_depth_estimator}.tif", "_iter{flood_depth_estimator}.tif", "_iterative.tif", "_iterative.tif",
        ])
        let plan = Plan.of([.example("a")], policy: policy)
        #expect(plan.rows.map(\.suffix) == ["_iterative.tif", "_iteriterative.tif"])
        #expect(plan.counts == [.fetch: 2])
    }

    @Test func `a job that comes twice is planned once`() throws {
        let plan = Plan.of([.example("a"), .example("a", status: .running)], policy: try Self.policy())
        #expect(plan.counts == [.fetch: 1])
        #expect(plan.jobs == 1)
    }

    @Test func `jobs outside the acquisition window are left out and counted`() throws {
        let window = ProjectSettings.Window(
            start: CivilTime(year: 2023, month: 5, day: 20)?.date,
            end: CivilTime(year: 2023, month: 5, day: 20, hour: 23, minute: 59, second: 59)?.date
        )
        let jobs: [Job] = [
            .example("inside"), .example("before", stem: "S1A_IW_20230519T235959_DVP_RTC30_G_gpuned_0001"),
            .example("after", stem: "S1A_IW_20230521T000000_DVP_RTC30_G_gpuned_0002"),
            .example("undated", stem: "result"), .example("pending", stem: nil, status: .pending),
        ]
        let plan = Plan.of(jobs, policy: try Self.policy(acquired: window))
        #expect(plan.excluded == [.acquisition: 2, .acquisitionUnknown: 1])
        #expect(plan.counts == [.fetch: 1, .unfinished: 1])
        #expect(plan.jobs == 5)
        #expect(Plan.of(jobs, policy: try Self.policy()).excluded == [:])
    }

    @Test func `a job may still change until it is done and lists files, or its time is over`() throws {
        let kept: [(Job, isOpen: Bool)] = [
            (.example("done"), false), (.example("running", status: .running), true),
            (.example("failed", stem: nil, status: .failed), false), (.example("without files", stem: nil), true),
            (.example("over", stem: nil, requested: .days(-20), expires: .days(-1)), false),
            (.example("kept for ever", stem: nil, expires: nil), true),
            (.example("given up", stem: nil, requested: .days(-31), expires: nil), false),
        ]
        for (job, isOpen) in kept {
            let plan = Plan.of([job], policy: try Self.policy())
            #expect(plan.oldestUnfinished == (isOpen ? job.requestTime : nil), "\(job.id)")
        }
    }

    @Test func `shards share out the jobs`() throws {
        let jobs = (0..<100).map { Job.example("job-\($0)", stem: "S\($0)") }
        var planned: [String] = []
        for shard in ["1/3", "2/3", "3/3"] {
            let plan = Plan.of(jobs, policy: try Self.policy(shard: shard))
            planned += plan.rows.map(\.jobID)
            #expect(plan.excluded[.shard, default: 0] + plan.count(.fetch) == 100)
        }
        #expect(planned.sorted() == jobs.map(\.id).sorted())
    }

    private struct Memory: AbsenceMemory {
        let files: Set<String>
        var damaged: Set<String> = []
        func isProvenAbsent(_ file: String, of job: Job) -> Bool { false }
        func isDamaged(_ file: String, of job: Job) -> Bool { self.damaged.contains(file) }
        func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String? {
            self.files.contains(file) && now == planNow ? "asked three times, and not there" : nil
        }
        func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge? {
            self.files.contains(file) ? .absent("asked three times, and not there") : nil
        }
    }

    @Test func `what expired since the archive is kept is lost, unless it was never there`() throws {
        let jobs: [Job] = [
            .example("history", stem: "H", expires: .days(-11)), .example("border", stem: "B", expires: .days(-10)),
            .example("loss", stem: "L", expires: .days(-9)), .example("never", stem: "N", expires: .days(-9)),
            .example("unlisted", stem: nil, expires: .days(-9)), .example("open", stem: "O"),
        ]
        let memory = Memory(files: ["N_VV.tif", "O_VV.tif"])
        let plan = Plan.of(jobs, policy: try Self.policy(keptSince: .days(-10)), memory: memory, keeping: .work)
        #expect(plan.counts == [.expired: 3, .lost: 1, .absent: 2])
        #expect(plan.rows.filter { $0.state == .lost }.map(\.file) == ["L_VV.tif"])
        #expect(
            plan.rows.first { $0.state == .lost }?.reason == "HyP3 deleted it on 2024-07-23 before it could be archived"
        )
        #expect(plan.rows.filter { $0.state == .absent }.allSatisfy { $0.reason == "asked three times, and not there" })
    }

    @Test func `what was broken upstream stays told as such, and is not called absent`() throws {
        let jobs: [Job] = [.example("open", stem: "O"), .example("gone", stem: "G", expires: .days(-1))]
        let memory = Memory(files: ["O_VV.tif", "G_VV.tif"], damaged: ["O_VV.tif", "G_VV.tif"])
        let plan = Plan.of(jobs, policy: try Self.policy(), memory: memory)
        #expect(plan.counts == [.damaged: 2])
    }

    @Test func `a plan can be asked for some states alone`() throws {
        let jobs: [Job] = [.example("a", stem: "A"), .example("b", stem: "B", expires: .days(-1))]
        let plan = Plan.of(jobs, policy: try Self.policy())
        #expect(Array(plan.products([.expired])).map(\.file) == ["B_VV.tif"])
        #expect(Array(plan.products([.fetch])).map(\.file) == ["A_VV.tif"])
        #expect(Array(plan.products([])).isEmpty)
    }
}
