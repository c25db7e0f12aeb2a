import Checksums
import Foundation
import HyP3Simulator
import TestSupport
import Testing

@Suite struct CatalogueTests {
    private static let now = CalendarTime(2026, 8, 1, 12)

    private func recipes(_ jobs: Int, seed: UInt64) -> [JobRecipe] {
        JobRecipe.generated(CatalogueConfiguration(jobs: jobs, seed: seed), user: "u", now: Self.now)
    }

    @Test func `equal seeds give equal jobs and other seeds others`() {
        #expect(recipes(200, seed: 5).map(\.jobID) == recipes(200, seed: 5).map(\.jobID))
        #expect(recipes(200, seed: 5).map(\.stem) == recipes(200, seed: 5).map(\.stem))
        #expect(Set(recipes(200, seed: 5).map(\.jobID)).isDisjoint(with: recipes(200, seed: 6).map(\.jobID)))
        #expect(Set(recipes(2_000, seed: 5).map(\.jobID)).count == 2_000)
    }

    @Test func `every kind and state of job turns up`() {
        let jobs = recipes(2_000, seed: 1)
        #expect(Set(jobs.map(\.kind)) == Set(JobKind.allCases))
        #expect(Set(jobs.map(\.status)) == Set(JobStatus.allCases))
        #expect(jobs.contains { $0.kind == .waterMap && $0.estimator == nil })
        #expect(jobs.contains { $0.expires.map { $0 < Self.now } ?? false })
        #expect(jobs.contains { $0.isLegacy } && jobs.contains { $0.ownPrefix != nil })
        #expect(jobs.contains { $0.files == .missing } && jobs.contains { $0.files == .empty })
        // Two AutoRIFT jobs can share one file name, and up to forty jobs one second.
        let names = jobs.filter { $0.kind == .autorift }.map(\.stem)
        #expect(Set(names).count < names.count)
        #expect(Set(jobs.map(\.requestTime)).count < 1_500)
    }

    @Test func `what a job lists is there, as large as it says and sound`() async throws {
        var configuration = SimulatorConfiguration(jobs: 40, seed: 2)
        configuration.catalogue.spanDays = 8
        configuration.catalogue.rasterSizes = [70, 128]
        try await withSimulator(configuration) { simulator in
            try await withTemporaryDirectory { directory in
                let page = try JobsPage(try await CurlRun.api(simulator, "/jobs"))
                var kinds = Set<String>()
                for job in page.jobs where job.status_code == "SUCCEEDED" {
                    for file in job.files ?? [] {
                        let key = try #require(URL(string: file.url)?.path.dropFirst())
                        let object = try #require(simulator.catalogue.object(String(key)))
                        #expect(object.content.count == file.size, "\(key)")
                        kinds.insert("\(job.job_type).\(file.url.split(separator: ".").last ?? "")")
                    }
                }
                #expect(kinds == ["WATER_MAP.zip", "RTC_GAMMA.zip", "INSAR_GAMMA.zip", "AUTORIFT.nc"])
                for key in simulator.catalogue.keys() where ["tif", "zip", ".nc", "png"].contains(key.suffix(3)) {
                    let object = try #require(simulator.catalogue.object(key))
                    let path = "\(directory)/\(UUID().uuidString).\(key.suffix(3))"
                    try Data(object.content.bytes).write(to: URL(fileURLWithPath: path))
                    let handle = try #require(FileHandle(forReadingAtPath: path))
                    let verdict = try FileStructure.check(
                        descriptor: handle.fileDescriptor,
                        length: Int64(object.content.count),
                        name: key
                    )
                    guard case .sound = verdict else {
                        Issue.record("\(key): \(verdict)")
                        return
                    }
                    try FileManager.default.removeItem(atPath: path)
                }
            }
        }
    }

    @Test func `a complete water map job has the products of the HydroSAR list, a null estimator no depths`()
        async throws
    {
        var configuration = SimulatorConfiguration()
        configuration.isDemonstration = true
        try await withSimulator(configuration) { simulator in
            let jobs = try JobsPage(try await CurlRun.api(simulator, "/jobs")).jobs
            let suffixes = [
                "_VV.tif", "_VH.tif", "_rgb.tif", "_dem.tif", "_WM.tif", "_WM_HAND.tif",
                "_FM_iterative_WaterDepth.tif", "_FM_iterative_FloodDepth.tif", "_FM_iterative_FloodMask.tif",
                "_FM_iterative_PW.tif",
            ]
            var counts: [Int] = []
            for job in jobs where job.job_type == "WATER_MAP" && job.status_code == "SUCCEEDED" {
                let url = try #require(job.files?.first?.url)
                var found = 0
                for suffix in suffixes {
                    let run = try await CurlRun.get(simulator, url.dropLast(4) + suffix, "--head")
                    #expect([200, 404].contains(run.status))
                    found += run.status == 200 ? 1 : 0
                }
                counts.append(found)
            }
            // One has a null estimator and one has expired.
            #expect(counts.sorted() == [0, 6, 10, 10, 10, 10, 10])
            #expect(Set(jobs.map(\.status_code)) == ["SUCCEEDED", "RUNNING", "FAILED"])
            let total = simulator.catalogue.keys().reduce(0) {
                $0 + (simulator.catalogue.object($1)?.content.count ?? 0)
            }
            #expect(total < 40_000_000)
        }
    }

    @Test func `a job made by hand is listed and its files are there`() async throws {
        try await withSimulator { simulator in
            var draft = JobDraft(7)
            draft.files = [("P.zip", StoredObject([1, 2, 3]))]
            draft.others = [("P_VV.tif", StoredObject([4, 5]))]
            try simulator.catalogue.put(draft)
            let jobs = try JobsPage(try await CurlRun.api(simulator, "/jobs?name=by-hand")).jobs
            #expect(jobs.map(\.job_id) == ["00000000-0000-4000-8000-000000000007"])
            let file = try #require(jobs.first?.files?.first)
            #expect(file.size == 3 && file.url == simulator.catalogue.url("\(draft.id)/P.zip"))
            #expect(try await CurlRun.get(simulator, file.url).body == [1, 2, 3])
            #expect(try await CurlRun.get(simulator, file.url.dropLast(4) + "_VV.tif").body == [4, 5])
        }
    }

    @Test func `content is the same however it is cut`() {
        var content = Content.pattern(seed: 3, count: 3_000_000)
        content.append(Content([1, 2, 3]))
        let all = content.bytes
        for range in [0..<10, 1_048_570..<1_048_590, 999_999..<2_500_001, 2_999_999..<3_000_002, 5..<5] {
            #expect(content.slice(range).bytes == Array(all[range]))
        }
        #expect(content.slice(2_000_000..<9_000_000).count == 1_000_003)
        #expect(Content.pattern(seed: 4, count: 100).bytes != Array(all[..<100]))
        #expect(Set(stride(from: 0, to: 2_900_000, by: 1 << 20).map { Array(all[$0..<$0 + 64]) }).count == 3)
    }
}
