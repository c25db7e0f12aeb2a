import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Jobs that can never be archived, whatever a run does.
@Suite(.timeLimit(.minutes(5))) struct UnusableTests {
    enum Case: CaseIterable {
        /// The file that HyP3 lists has a name that must not become a path.
        case listedName
        /// A parameter that a suffix needs has a value that is not fit for a file name.
        case parameter
        /// The job succeeded, and lists nothing.
        case nothing
        /// A pattern stands for a file that must not become a path.
        case pattern

        var suffix: String {
            switch self {
            case .listedName, .nothing: "_x.bin"
            case .parameter: "_{flood_depth_estimator}.bin"
            case .pattern: "_x*"
            }
        }

        var state: ProductState { self == .nothing ? .failed : .unsafeName }

        func spoil(_ mirror: MirrorFixture) throws {
            let catalogue = mirror.simulator.catalogue
            switch self {
            case .listedName:
                let url = catalogue.url("bad/bad.zip")
                let file = #"{"filename": "../../bad.zip", "size": 1, "url": "\#(url)"}"#
                try catalogue.updateJob("bad", #"{"files": [\#(file)]}"#)
            case .parameter:
                try catalogue.updateJob("bad", #"{"job_parameters": {"flood_depth_estimator": "a b"}}"#)
            case .nothing: try catalogue.updateJob("bad", #"{"files": []}"#)
            case .pattern: mirror.put("_x\\y.bin", of: "bad")
            }
        }
    }

    @Test(arguments: Case.allCases)
    func `a job with an unsafe name fails the first run, is told once a day, and else counted`(
        what: Case
    ) async throws {
        try await withMirror { mirror in
            let time = SimulatedTime()
            try mirror.addJob("bad", days: (requested: -1, deleted: 13))
            try mirror.addJob("good", days: (requested: -1, deleted: 13))
            try mirror.simulator.catalogue.updateJob(
                "good",
                #"{"job_parameters": {"flood_depth_estimator": "x"}}"#
            )
            mirror.put("_x.bin", of: "good")
            try what.spoil(mirror)
            var told: [Double: [Bool]] = [:]
            var exits: [Int32] = []
            for day in [0, 0.5, 1, 1.5, 2] {
                time.set(day: day)
                let report = try await mirror.sync(suffixes: [what.suffix], pace: time.pace) { event in
                    if case .foundUnusable(let found) = event { told[day, default: []].append(found.isNew) }
                }
                exits.append(report.exitCode.rawValue)
                #expect(report.count(what.state) == 1)
                #expect(what == .nothing || report.summary.contains("1 with an unsafe name"))
                #expect(report.rows.map(\.outcome) == (told[day] == nil ? [] : [what.state.rawValue]))
            }
            #expect(exits == [1, 0, 0, 0, 0])
            #expect(told == [0: [true], 1: [false], 2: [false]])
            #expect(mirror.bytes("good_x.bin") != nil)
            // Gone upstream, it is history.
            time.set(day: 14)
            #expect(try await mirror.sync(suffixes: [what.suffix], pace: time.pace).exitCode == .ok)
            // Another one is news.
            time.set(day: 1)
            try FileManager.default.removeItem(atPath: mirror.state.absent)
            #expect(try await mirror.sync(suffixes: [what.suffix], pace: time.pace).exitCode == .incomplete)
        }
    }

    /// What HyP3 says of the jobs that nobody can read, and the keys by which they are remembered.
    @Test(arguments: [
        [#"{"job_id": "bad", "name": "floods", "job_type": 7}"#], ["null", "null", "null"],
        [#"{"name": "floods"}"#, "[1]", #"{"job_id": "bad"}"#],
    ])
    func `jobs that cannot be read fail the first run, are told once a day, and else counted`(
        jobs: [String]
    ) async throws {
        try await withMirror { mirror in
            let time = SimulatedTime()
            func list(_ jobs: [String]) {
                let body = #"{"jobs": [\#(jobs.joined(separator: ", "))], "next": null}"#
                mirror.simulator.faults.removeAll()
                let answer = Fault.Effect.answer(body: body, contentType: "application/json")
                mirror.simulator.faults.add(Fault(.api, effect: answer))
            }
            func sync(day: Double) async throws -> (exit: Int32, new: [Int]) {
                time.set(day: day)
                var new: [Int] = []
                let report = try await mirror.sync(pace: time.pace) { event in
                    if case .foundUnreadable(let found) = event { new.append(found.new) }
                }
                let count = report.unreadableJobs
                #expect(report.summary.contains("\(count) unreadable job"), "\(report.summary)")
                return (report.exitCode.rawValue, new)
            }
            list(jobs)
            let distinct = Set(jobs).count
            #expect(try await sync(day: 0) == (1, [distinct]))
            #expect(try await sync(day: 0.5) == (0, []))
            #expect(try await sync(day: 1) == (0, [0]))
            // Another one is news.
            list(jobs + [#"{"job_id": "worse"}"#])
            #expect(try await sync(day: 1.5) == (1, [1]))
            #expect(try await sync(day: 2.6) == (0, [0]))
            // Who only looks is told whenever he looks.
            var shown = 0
            _ = try await mirror.mirror(pace: time.pace).plan { if case .foundUnreadable = $0 { shown += 1 } }
            #expect(shown == 1)
        }
    }

    @Test func `what only something in the archive stands in the way of is told in every run`() async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject([1]))
            let path = "\(mirror.root)/\(MirrorFixture.stem)_x.bin"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for _ in 0..<2 {
                let report = try await mirror.sync()
                #expect(report.exitCode == .incomplete && report.rows.map(\.outcome) == ["unsafe-name"])
            }
            try FileManager.default.removeItem(atPath: path)
            #expect(try await mirror.sync().archived == 1)
        }
    }
}
