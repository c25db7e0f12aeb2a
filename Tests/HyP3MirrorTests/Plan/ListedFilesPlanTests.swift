import Foundation
import Testing

@testable import HyP3Mirror

/// Plans of jobs that list more than one file.
@Suite struct `Planning of listed files` {
    private static func job(
        _ id: String,
        _ files: [String],
        folder: String = "shared",
        requested: Date = .days(-3)
    ) -> Job {
        Job(
            id: id,
            type: "TIME_SERIES",
            name: "floods",
            status: .succeeded,
            requestTime: requested,
            expires: .days(11),
            files: files.map { Job.File(filename: $0, size: 1, url: "https://bucket.example/\(folder)/\($0)") }
        )
    }

    private static func plan(
        _ jobs: [Job],
        _ suffixes: [String],
        present: [String] = [],
        keeping: Planner.Keeping = .all
    ) throws -> Plan {
        let policy = PlanPolicy(
            suffixes: try suffixes.map { try SuffixTemplate($0) },
            naming: ProductNaming(layout: .flat),
            acquired: .init(),
            shard: nil,
            now: planNow,
            earlier: EarlierRuns()
        )
        return Plan.of(jobs, policy: policy, present: present, keeping: keeping)
    }

    private static func fetched(_ plan: Plan) -> [String] { plan.products([.fetch]).map(\.file).sorted() }

    @Test func `every listed file that ends in a wanted suffix is a product`() throws {
        let zips = Self.job("a", ["A.zip", "B.zip", "C.zip", "D.zip"])
        #expect(try Self.fetched(Self.plan([zips], [".zip"])) == ["A.zip", "B.zip", "C.zip", "D.zip"])
        let mixed = Self.job("a", ["v1.nc", "v2.nc", "v3.nc", "v4.nc", "v5.nc", "all.parquet"])
        let plan = try Self.plan([mixed], [".nc", ".parquet"])
        #expect(Self.fetched(plan) == ["all.parquet", "v1.nc", "v2.nc", "v3.nc", "v4.nc", "v5.nc"])
        #expect(plan.counts == [.fetch: 6])
        let map = Self.job("a", ["P.zip", "P_FM.zip", "P_WM.zip"])
        #expect(try Self.fetched(Self.plan([map], [".zip"])) == ["P.zip", "P_FM.zip", "P_WM.zip"])
        #expect(try Self.plan([map], [".zip", "_WM.zip"]).counts == [.fetch: 3])
    }

    @Test func `each zip gives a stem, but those of later steps`() throws {
        let jobs = [Self.job("a", ["P_WM.zip", "P.zip", "P_FM.zip", "Q.zip", "P.geojson"])]
        #expect(try Self.fetched(Self.plan(jobs, ["_VV.tif"])) == ["P_VV.tif", "Q_VV.tif"])
        let plan = try Self.plan(jobs, ["_VV.tif"], present: ["P_VV.tif"])
        #expect(plan.counts == [.present: 1, .fetch: 1])
        #expect(plan.products([.fetch]).map(\.url) == ["https://bucket.example/shared/Q_VV.tif"])
    }

    @Test func `a listed file is asked for where HyP3 lists it, under the longest suffix that names it`() throws {
        let job = Self.job("a", ["P.zip", "P_X.zip"])
        for suffixes in [["_X.zip"], ["_X.zip", ".zip"], [".zip", "_X.zip"]] {
            let plan = try Self.plan([job], suffixes)
            let names = suffixes.count == 1 ? ["P_X.zip"] : ["P.zip", "P_X.zip"]
            #expect(plan.products([.fetch]).map(\.url).sorted() == names.map { "https://bucket.example/shared/\($0)" })
            #expect(plan.counts == [.fetch: names.count])
        }
    }

    @Test func `what was acquired at another time is left out of a job over many scenes`() throws {
        let job = Self.job("a", ["S1A_IW_20230520T001530_X.zip", "S1A_IW_20240520T001530_X.zip"])
        let window = ProjectSettings.Window(start: .days(-100), end: nil)
        let policy = PlanPolicy(suffixes: [try SuffixTemplate(".zip")], acquired: window, now: planNow)
        let plan = Plan.of([job], policy: policy)
        #expect(Self.fetched(plan) == ["S1A_IW_20240520T001530_X.zip"])
        #expect(plan.counts == [.fetch: 1] && plan.excluded.isEmpty)
        let later = PlanPolicy(
            suffixes: policy.suffixes,
            acquired: ProjectSettings.Window(start: .days(-1), end: nil),
            now: planNow
        )
        #expect(Plan.of([job], policy: later).excluded == [.acquisition: 1])
    }

    @Test func `many files of one job are planned in no time that grows with their square`() throws {
        let zips = (0..<20_000).map { "P_\($0).zip" }
        let plan = try Self.plan(
            [Self.job("a", zips + ["P_1.nc", "Q.nc"])],
            [".zip", "_VV.tif", ".nc"],
            keeping: .work
        )
        #expect(plan.counts == [.fetch: 40_002])
    }

    @Test func `a file beside zips gives no names to others`() throws {
        let jobs = [Self.job("a", ["P.zip", "index.parquet"])]
        #expect(try Self.fetched(Self.plan(jobs, ["_VV.tif", ".parquet"])) == ["P_VV.tif", "index.parquet"])
    }

    @Test func `what no part lists is said once`() throws {
        let plan = try Self.plan([Self.job("a", ["v1.nc", "v2.nc"])], [".parquet"])
        #expect(plan.counts == [.notProduced: 1])
        #expect(plan.rows.first?.reason == "the job lists no .parquet file")
    }

    @Test func `one object in two jobs is one product`() throws {
        let jobs = [
            Self.job("late", ["P.zip", "Q.zip"], requested: .days(-1)), Self.job("early", ["P.zip"]),
        ]
        for keeping in [Planner.Keeping.work, .all] {
            let plan = try Self.plan(jobs, [".zip", "_VV.tif"], present: ["P_VV.tif"], keeping: keeping)
            #expect(plan.counts.filter { $0.value > 0 } == [.present: 1, .fetch: 3])
            #expect(
                plan.products([.fetch]).map { "\($0.jobID) \($0.file)" } == [
                    "early P.zip", "late Q.zip", "late Q_VV.tif",
                ]
            )
        }
    }

    @Test func `objects of one name in two places are two`() throws {
        let jobs = [
            Self.job("a", ["P.zip", "Q.zip"], folder: "one"), Self.job("b", ["P.zip"], folder: "two"),
        ]
        #expect(try Self.plan(jobs, [".zip"]).counts == [.fetch: 2, .duplicateName: 1])
    }

    @Test func `names that differ only in how characters are composed are two`() throws {
        let jobs = [Self.job("a", ["\u{E9}.zip", "e\u{301}.zip"])]
        #expect(try Set(Self.fetched(Self.plan(jobs, [".zip"])).map { Array($0.utf8) }).count == 2)
    }

    @Test func `a job that lists nothing is told by a run`() throws {
        let plan = try Self.plan([Self.job("a", [])], [".zip"], keeping: .work)
        #expect(plan.rows.map(\.reason) == ["the job succeeded and lists no files"])
        #expect(plan.counts == [.failed: 1])
    }
}
