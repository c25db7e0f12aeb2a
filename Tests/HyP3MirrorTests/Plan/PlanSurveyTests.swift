import FoundationEssentials
import Testing

@testable import HyP3Mirror

@Suite struct PlanSurveyTests {
    private static let stem = "S1A_IW_20230520T001530_DVP_RTC30_G_gpuned_8A5D"

    @Test func `what is listed gets its size, and what is not is absent`() throws {
        let survey = try Self.survey([".zip", "_VV.tif", "_VH.tif"], lists: [".zip", "_VV.tif"])
        #expect(survey.fetch.map(\.suffix) == [".zip", "_VV.tif"])
        #expect(survey.fetch.map(\.listed?.size) == [1000, 1001])
        #expect(survey.absent.map(\.suffix) == ["_VH.tif"])
        #expect(survey.absent.map(\.reason) == ["the bucket does not list it"])
        #expect(survey.bytes == 2001 && survey.sized == 2 && survey.growth == 0)
    }

    @Test func `a pattern stands for what is listed, missing and not wanted otherwise`() throws {
        let survey = try Self.survey(
            ["_FM_{flood_depth_estimator}_PW.tif", "_FM_*_*.tif", "_FM_*_PW.tif"],
            lists: [
                ".zip", "_FM.zip", "_FM_iterative_PW.tif", "_FM_nmad_PW.tif", "_FM_nmad_FloodMask.tif", "_FM_x_y.png",
            ],
            present: ["_FM_nmad_FloodMask.tif"]
        )
        #expect(survey.fetch.map(\.suffix) == ["_FM_iterative_PW.tif", "_FM_nmad_PW.tif"])
        #expect(survey.fetch.map(\.file) == survey.fetch.map { Self.stem + $0.suffix })
        #expect(survey.fetch.map(\.url) == survey.fetch.map { "https://bucket.example/j/\(Self.stem)\($0.suffix)" })
        #expect(survey.present == 1 && survey.absent.isEmpty && survey.unnamed.isEmpty)
        #expect(survey.growth == 2 - 3)
    }

    @Test func `a pattern may stand for the zips that the job lists and for those it does not`() throws {
        let survey = try Self.survey(["*.zip"], lists: [".zip", "_WM.zip", "_VV.tif"])
        #expect(survey.fetch.map(\.suffix) == [".zip", "_WM.zip"])
        #expect(survey.growth == 1)
    }

    @Test func `a pattern that nothing listed fits is absent`() throws {
        let survey = try Self.survey(["_FM_*_PW.tif"], lists: [".zip"])
        #expect(survey.fetch.isEmpty && survey.unnamed.isEmpty && survey.growth == 0)
        #expect(survey.absent.map(\.file) == ["\(Self.stem)_FM_*_PW.tif"])
    }

    @Test(arguments: [
        BucketListing.Answer.refused(reason: "403"), .unavailable(reason: "a page"), .unknown(reason: "503"),
        .objects([:]),
        .objects(["another.zip": ListedObject(size: 1, etag: nil)]),
    ])
    func `without a listing of the job products are asked for, and patterns are told of`(
        answer: BucketListing.Answer
    ) throws {
        let survey = try Self.survey([".zip", "_VV.tif", "_FM_*_PW.tif"], answer)
        #expect(survey.fetch.map(\.suffix) == [".zip", "_VV.tif"])
        #expect(survey.absent.isEmpty && survey.sized == 0 && survey.bytes == 0 && survey.growth == 0)
        #expect(survey.unnamed.map(\.suffix) == ["_FM_*_PW.tif"])
        let reasons = survey.unnamed.map(\.reason)
        #expect(reasons.allSatisfy { $0.hasPrefix("cannot be asked for without a listing of the bucket: ") })
    }

    @Test func `a listed name that must not become a path is unsafe`() throws {
        let survey = try Self.survey(["*.tif"], lists: [".zip", "_a\\b.tif", "_c.tif"])
        #expect(survey.fetch.map(\.suffix) == ["_c.tif"])
        #expect(survey.unsafe.map(\.file) == ["\(Self.stem)_a\\b.tif"])
    }

    @Test func `a file that HyP3 lists elsewhere is asked for, whatever this listing says`() throws {
        let job = Job(
            id: "j",
            type: "T",
            name: nil,
            status: .succeeded,
            requestTime: .days(-1),
            expires: .days(5),
            files: [
                Job.File(filename: "P.zip", size: nil, url: "https://bucket.example/j/P.zip"),
                Job.File(filename: "P_WM.zip", size: nil, url: "https://other.example/j/P_WM.zip"),
            ]
        )
        let policy = PlanPolicy(suffixes: try [".zip", "_WM.zip", "_VV.tif"].map(SuffixTemplate.init), now: planNow)
        let survey = try Self.survey(job, policy, .objects(["P.zip": ListedObject(size: 5, etag: nil)]))
        #expect(survey.fetch.map(\.url) == ["https://bucket.example/j/P.zip", "https://other.example/j/P_WM.zip"])
        #expect(survey.absent.map(\.suffix) == ["_VV.tif"])
    }

    @Test(arguments: [([], ProductState.expired), (["_FM_nmad_PW.tif"], .present), (["_VV.tif"], .expired)])
    func `an expired pattern is never called lost`(present: [String], state: ProductState) throws {
        let policy = PlanPolicy(
            suffixes: try ["_FM_*_PW.tif", "_VV.tif"].map(SuffixTemplate.init),
            now: planNow,
            earlier: .example(.days(-9), ["_FM_*_PW.tif", "_VV.tif"])
        )
        let plan = Plan.of([.example("j", expires: .days(-1))], policy: policy, present: present.map { Self.stem + $0 })
        #expect(plan.rows.first { $0.suffix == "_FM_*_PW.tif" }?.state == state)
    }

    @Test func `the surveyed plan counts what patterns stand for`() throws {
        let policy = PlanPolicy(suffixes: try [".zip", "_FM_*.tif"].map(SuffixTemplate.init), now: planNow)
        let plan = Plan.of([.example("j")], policy: policy, present: ["\(Self.stem)_FM_a.tif"])
        #expect(plan.counts == [.fetch: 2] && Array(plan.urls).count == 1)
        let pending = try #require(plan.pending.first { _ in true })
        let address = try #require(plan.address(of: pending))
        let objects = Self.listed([".zip", "_FM_a.tif", "_FM_b.tif", "_FM_c.tif"])
        let new = plan.replacingPending(by: [pending.number: plan.surveyed(pending, .objects(objects), at: address)])
        #expect(new.counts == [.fetch: 3, .present: 1])
        #expect(Array(new.urls).map { $0.suffix(9) } == ["_8A5D.zip", "_FM_b.tif", "_FM_c.tif"])
    }

    private static func survey(
        _ suffixes: [String],
        lists: [String],
        present: [String] = []
    ) throws -> JobSurvey {
        try self.survey(suffixes, .objects(self.listed(lists)), present: present)
    }

    private static func survey(
        _ suffixes: [String],
        _ answer: BucketListing.Answer,
        present: [String] = []
    ) throws -> JobSurvey {
        let policy = PlanPolicy(suffixes: try suffixes.map(SuffixTemplate.init), now: planNow)
        return try self.survey(.example("j"), policy, answer, present: present)
    }

    private static func survey(
        _ job: Job,
        _ policy: PlanPolicy,
        _ answer: BucketListing.Answer,
        present: [String] = []
    ) throws -> JobSurvey {
        let plan = Plan.of([job], policy: policy, present: present.map { self.stem + $0 }, keeping: .work)
        let pending = try #require(plan.pending.first { _ in true })
        let address = try #require(plan.address(of: pending))
        return JobSurvey(plan, before: pending, after: plan.surveyed(pending, answer, at: address))
    }

    private static func listed(_ suffixes: [String]) -> [ByteName: ListedObject] {
        Dictionary(
            uniqueKeysWithValues: suffixes.enumerated().map { number, suffix in
                (ByteName(self.stem + suffix), ListedObject(size: Int64(1000 + number), etag: nil))
            }
        )
    }
}
