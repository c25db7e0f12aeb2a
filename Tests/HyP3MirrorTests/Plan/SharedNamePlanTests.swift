import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// Which product is whose where several jobs make one file name.
@Suite struct SharedNamePlan {
    private static let first = "11111111-2222-4333-8444-555555555555"
    private static let second = "22222222-2222-4333-8444-555555555555"
    private static let file = "P_VV.tif"

    /// `P_VV.tif` of the two jobs, which HyP3 lists the newer first.
    private static func jobs(expires: [Date?] = [.days(11), .days(11)], name: String = "floods") -> [Job] {
        [
            .example(Self.second, stem: "P", requested: .days(-3), expires: expires[1]),
            .example(Self.first, stem: "P", requested: .days(-5), expires: expires[0]),
        ]
    }

    /// Job and state by job number, e.g. `1 fetch`.
    private static func states(
        _ layout: String,
        _ jobs: [Job] = Self.jobs(),
        present: [String] = [],
        records: [String: String] = [:]
    ) throws -> [String] {
        let policy = PlanPolicy(
            suffixes: [try SuffixTemplate("_VV.tif")],
            naming: ProductNaming(layout: try Layout(layout)),
            now: planNow
        )
        let owners = records.map { path, job in
            let url = "https://bucket.example/\(job)/\(Self.file)"
            return (ByteStrings.hash(path), RecordedOwner(jobID: job, url: url, size: 8, etag: nil))
        }
        var results: [[String]] = []
        for keeping in [Planner.Keeping.all, .work] {
            let index = ArchiveIndex(files: present, suffixes: policy.suffixes)
            var planner = Planner(policy: policy, index: index, keeping: keeping)
            for job in jobs { planner.add(job) }
            let plan = planner.finish(Dictionary(uniqueKeysWithValues: owners))
            let rows = plan.rows.map { "\($0.jobID.prefix(1)) \($0.state.rawValue)" }.sorted()
            if keeping == .all {
                #expect(plan.counts == Dictionary(plan.rows.map { ($0.state, 1) }, uniquingKeysWith: +))
                results.append(rows)
            } else {
                let told = rows.filter { !$0.hasSuffix("present") && !$0.hasSuffix("expired") }
                #expect(Set(told).isSubset(of: results[0]), "\(told)")
                let gone = jobs.filter { $0.expires.map { $0 <= planNow } ?? false }.map { $0.id.prefix(1) }
                let wanted = results[0].filter { row in
                    !row.hasSuffix("present") && !row.hasSuffix("expired") && !gone.contains(row.prefix(1))
                }
                #expect(Set(wanted).isSubset(of: told), "what HyP3 still has is told: \(told)")
                let counted = Dictionary(results[0].map { ($0.dropFirst(2), 1) }, uniquingKeysWith: +)
                #expect(Dictionary(uniqueKeysWithValues: plan.counts.map { ($0.rawValue[...], $1) }) == counted)
            }
        }
        return results[0]
    }

    private static let byJob = "{job_id}/{filename}"
    private static var firstPath: String { "\(Self.first)/\(Self.file)" }
    private static var secondPath: String { "\(Self.second)/\(Self.file)" }

    @Test func `a layout with the job's id keeps them apart`() throws {
        #expect(try Self.states(Self.byJob) == ["1 fetch", "2 fetch"])
        #expect(try Self.states(Self.byJob, present: [Self.firstPath]) == ["1 present", "2 fetch"])
        #expect(try Self.states(Self.byJob, present: [Self.secondPath]) == ["1 fetch", "2 present"])
        #expect(try Self.states(Self.byJob, present: [Self.firstPath, Self.secondPath]) == ["1 present", "2 present"])
    }

    @Test func `a layout with something else of the job does, too`() throws {
        let jobs = Self.jobs().map { job in
            Job(
                id: job.id,
                type: "TYPE\(job.id.prefix(1))",
                name: nil,
                status: .succeeded,
                requestTime: job.requestTime,
                expires: job.expires,
                files: job.files
            )
        }
        let layout = "{job_type}/{filename}"
        #expect(try Self.states(layout, jobs) == ["1 fetch", "2 fetch"])
        #expect(try Self.states(layout, jobs, present: ["TYPE1/\(Self.file)"]) == ["1 present", "2 fetch"])
    }

    @Test func `another job's file is none of a job that is listed alone`() throws {
        let alone = [Self.jobs()[0]]
        #expect(try Self.states(Self.byJob, alone, present: [Self.firstPath]) == ["2 fetch"])
        #expect(try Self.states(Self.byJob, alone, present: ["sorted/\(Self.file)"]) == ["2 present"])
        let records = ["sorted/\(Self.file)": Self.first]
        #expect(try Self.states(Self.byJob, alone, present: ["sorted/\(Self.file)"], records: records) == ["2 fetch"])
        let flat = "{filename}"
        #expect(try Self.states(flat, alone, present: [Self.file]) == ["2 present"])
        #expect(
            try Self.states(flat, alone, present: [Self.file], records: [Self.file: Self.first])
                == ["2 duplicate-name"]
        )
        #expect(try Self.states(flat, alone, present: [Self.file], records: [Self.file: Self.second]) == ["2 present"])
    }

    @Test func `where they share a place the record tells whose the file is, else the request`() throws {
        let flat = "{year}/{filename}"
        #expect(try Self.states(flat) == ["1 fetch", "2 duplicate-name"])
        for path in [Self.file, "sorted/\(Self.file)"] {
            #expect(try Self.states(flat, present: [path]) == ["1 present", "2 duplicate-name"])
            #expect(
                try Self.states(flat, present: [path], records: [path: Self.second])
                    == ["1 duplicate-name", "2 present"]
            )
            #expect(
                try Self.states(flat, present: [path], records: [path: "33333333-2222-4333-8444-555555555555"])
                    == ["1 duplicate-name", "2 duplicate-name"]
            )
        }
    }

    @Test func `after a change of layout each file stays whose it was`() throws {
        let records = [Self.file: Self.second]
        #expect(try Self.states(Self.byJob, present: [Self.file], records: records) == ["1 fetch", "2 present"])
        // Without a record nobody knows; what HyP3 still has is fetched, and what it has not is not called lost.
        #expect(try Self.states(Self.byJob, present: [Self.file]) == ["1 fetch", "2 fetch"])
        let gone = Self.jobs(expires: [.days(-1), .days(11)])
        #expect(try Self.states(Self.byJob, gone, present: [Self.file]) == ["1 present", "2 fetch"])
    }

    @Test func `what HyP3 has deleted does not get another job's file for its own`() throws {
        let gone = Self.jobs(expires: [.days(11), .days(-1)])
        #expect(try Self.states(Self.byJob, gone, present: [Self.firstPath]) == ["1 present", "2 expired"])
        #expect(try Self.states("{filename}", gone, present: [Self.file]) == ["1 present", "2 duplicate-name"])
    }

    private static let tags: [(String?, String?, Likeness)] = [
        ("\"a\"", "\"a\"", Likeness.same), ("\"a\"", "a", .same), ("\"a\"", "\"b\"", .different("ETags a and b")),
        ("W/\"a\"", "W/\"a\"", .unknown), (nil, nil, .unknown), ("", "", .unknown), ("\"\"", "\"\"", .unknown),
    ]

    @Test(arguments: tags)
    func `only ETag and size together prove two objects the same`(a: String?, b: String?, likeness: Likeness) {
        #expect(Likeness(ListedObject(size: 1, etag: a), ListedObject(size: 1, etag: b)) == likeness)
        #expect(
            Likeness(ListedObject(size: 1, etag: a), ListedObject(size: 2, etag: b)) == .different("1 and 2 bytes")
        )
        #expect(Likeness(nil, ListedObject(size: 2, etag: b)) == .unknown)
    }

    @Test func `the ids of jobs are found in a path, and nothing else`() {
        #expect(JobsInPath.ids(in: "a/x\(Self.first.uppercased())y/\(Self.second)".utf8) == [Self.first, Self.second])
        #expect(JobsInPath.ids(in: "".utf8) == [])
        #expect(JobsInPath.ids(in: "11111111-2222-4333-8444-55555555555g".utf8) == [])
        #expect(JobsInPath.ids(in: "11111111-2222-4333-8444-55555555555/5".utf8) == [])
        #expect(!JobsInPath.isOfAnother(than: Self.first, "2024/05".utf8))
        #expect(JobsInPath.isOfAnother(than: Self.first, Self.second.utf8))
        #expect(!JobsInPath.isOfAnother(than: Self.first, "\(Self.second)/\(Self.first)".utf8))
    }
}
