import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Synchronization
import Testing

/// What a bucket that refuses, is down, or forgets makes of runs: never success, and a loss is told once.
@Suite(.timeLimit(.minutes(5))) struct OutageTests {
    private static let suffixes = ["_x.bin", "_y.bin"]

    struct Outage: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var faults: [Fault]
        var status = RunStatus.unavailable
        var urls = SimulatorConfiguration.ProductURLs.virtualHost
        var isListable = true
        /// The listing still comes, so that what does not exist is still proven absent.
        var lists = false

        /// Products of the doomed job that cannot be had, or proven not to exist.
        var open: Int { self.lists ? 1 : 2 }
    }

    private static let outages: [Outage] =
        Refusal.allCases.map {
            Outage(testDescription: $0.rawValue, faults: $0.faults, lists: $0 == .objectPolicy)
        } + [
            Outage(testDescription: "a CDN's page", faults: Refusal.cloudFront.faults, urls: .cdn, isListable: false),
            Outage(testDescription: "a CDN's document", faults: Refusal.policy.faults, urls: .cdn, isListable: false),
            Outage(
                testDescription: "reset",
                faults: [.object, .listing].map { Fault($0, effect: .reset(after: 0)) }
            ),
            Outage(
                testDescription: "archived objects",
                faults: [Fault(.object, effect: .refused(403, "InvalidObjectState"))],
                status: .incomplete,
                lists: true
            ),
        ]

    /// One job is archived before the outage; one is deleted while it lasts; one is submitted while it lasts. None has the
    /// second product.
    @Test(arguments: outages)
    func `nineteen daily runs through an outage of thirteen days are never success while it lasts`(
        outage: Outage
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.productURLs = outage.urls
        try await withMirror(configuration) { mirror in
            mirror.simulator.catalogue.allowListing(outage.isListable)
            let time = SimulatedTime()
            try mirror.addJob("early", days: (-0.5, 30))
            mirror.put("_x.bin", of: "early")
            var lost = 0
            for day in 0..<19 {
                time.set(day: Double(day))
                switch day {
                case 1:
                    for fault in outage.faults { mirror.simulator.faults.add(fault) }
                    try mirror.addJob("doomed", days: (0.25, 13.5))
                    mirror.put("_x.bin", of: "doomed")
                case 10:
                    try mirror.addJob("late", days: (9.25, 24))
                    mirror.put("_x.bin", of: "late")
                case 14:
                    mirror.delete("doomed")
                    mirror.simulator.faults.removeAll()
                default: break
                }
                let report = try await mirror.sync(suffixes: Self.suffixes, pace: time.pace)
                let told = "day \(day): \(report.summary) \(report.warnings) \(report.rows.map(\.reason))"
                lost += report.newlyLost
                switch day {
                case 0:
                    #expect(report.exitCode == .ok && report.archived == 1, "\(told)")
                case 1..<14:
                    #expect(report.exitCode == outage.status, "\(told)")
                    #expect(report.archived == 0, "\(told)")
                    #expect(outage.lists || report.count(ProductOutcome.absent) == 0, "\(told)")
                    #expect(report.expiring == (day == 13 ? outage.open : 0), "\(told)")
                case 14:
                    #expect(report.exitCode == .incomplete && report.newlyLost == outage.open, "\(told)")
                    #expect(report.archived == 1, "\(told)")
                default:
                    #expect(report.exitCode == .ok, "\(told)")
                }
                if day == 13 {
                    let sentence =
                        outage.lists
                        ? "1 product expires in 12 h and failed: doomed_x.bin"
                        : "2 products expire in 12 h and failed: doomed_x.bin, doomed_y.bin"
                    #expect(report.warnings.contains(sentence), "\(told)")
                }
            }
            #expect(lost == outage.open)
        }
    }

    @Test func `what earlier versions took for absent is asked for again`() async throws {
        try await withMirror { mirror in
            try mirror.addJob("a", days: (-0.5, 30))
            let time = SimulatedTime()
            #expect(try await mirror.sync(suffixes: Self.suffixes, pace: time.pace).exitCode == .ok)
            let lines = try String(contentsOfFile: mirror.state.absent, encoding: .utf8)
            #expect(lines.contains("\"proof\":\"listing\""))
            let old = lines.replacing(",\"proof\":\"listing\"", with: "").replacing("\"asked\":1", with: "\"asked\":4")
            try old.write(toFile: mirror.state.absent, atomically: false, encoding: .utf8)
            for suffix in Self.suffixes { mirror.put(suffix, of: "a") }
            time.set(day: 2)
            #expect(try await mirror.sync(suffixes: Self.suffixes, pace: time.pace).archived == 2)
        }
    }

    @Test func `a product that one of its job's others bears witness for is absent with one request more`() async throws
    {
        // What job0 lacks is answered once job0's product has come.
        let gates = ["*job0_y.bin", "*job0_z.bin"].map { Fault(.object, $0, effect: .stall(after: 0)) }
        try await withMirror(faults: gates) { mirror in
            mirror.simulator.catalogue.allowListing(false)
            for number in 0..<3 { try mirror.addJob("job\(number)", days: (-0.5, 30)) }
            mirror.put("_x.bin", of: "job0")
            let time = SimulatedTime()
            let report = try await mirror.sync(
                ["connections": ["4"]],
                suffixes: ["_x.bin", "_y.bin", "_z.bin"],
                pace: time.pace
            ) { event in
                guard case .fetched(let outcome) = event, case .archived = outcome.result else { return }
                mirror.simulator.faults.letGo()
            }
            #expect(report.exitCode == .ok, "\(report.rows)")
            #expect(report.archived == 1 && report.count(ProductOutcome.absent) == 8)
            let asked = mirror.productRequests.filter { $0.path.hasSuffix(".zip") }
            // The job whose product came needs none.
            #expect(asked.map(\.path).sorted() == ["/job1/job1.zip", "/job2/job2.zip"])
            #expect(asked.allSatisfy { $0.headers["range"] == "bytes=0-0" && $0.method == "GET" })
        }
    }

    @Test func `what HyP3 itself names is never absent`() async throws {
        try await withMirror { mirror in
            for number in 0..<2 { try mirror.addJob("job\(number)", days: (-0.5, 30)) }
            mirror.delete("job1")
            let time = SimulatedTime()
            for day in 0..<3 {
                time.set(day: Double(day))
                let report = try await mirror.sync(
                    ["no-structure-check": ["true"]],
                    suffixes: [".zip"],
                    pace: time.pace
                )
                #expect(report.exitCode == .incomplete, "\(report.summary)")
                #expect(report.rows.map(\.file) == ["job1.zip"] && report.rows[0].reason.contains("HyP3 names it"))
            }
        }
    }

    @Test func `what expires while the run is on its way to it is lost, once`() async throws {
        try await withMirror { mirror in
            mirror.simulator.catalogue.allowListing(false)
            try mirror.addJob("a", days: (-0.5, 0.5))
            let time = SimulatedTime()
            let report = try await mirror.sync(suffixes: Self.suffixes, pace: time.pace) { event in
                guard case .planned = event else { return }
                time.set(day: 0.6)
                mirror.delete("a")
            }
            #expect(report.exitCode == .incomplete && report.newlyLost == 2, "\(report.rows)")
            #expect(report.rows.map(\.outcome) == ["lost", "lost"])
            let next = try await mirror.sync(suffixes: Self.suffixes, pace: time.pace)
            #expect(next.exitCode == .ok && next.newlyLost == 0 && next.products["lost"] == 2, "\(next.rows)")
        }
    }

    @Test func `a listing made after the deletion proves no absence`() async throws {
        try await withMirror { mirror in
            try mirror.addJob("a", days: (-0.5, 0.5))
            let time = SimulatedTime()
            let report = try await mirror.sync(suffixes: Self.suffixes, pace: time.pace) { event in
                if case .planned = event { time.set(day: 0.6) }
            }
            #expect(report.newlyLost == 2 && report.count(ProductOutcome.absent) == 0, "\(report.rows)")
        }
    }

    @Test func `what expires while whole runs give way to shards is lost, told once, and so it is on the way back`()
        async throws
    {
        try await withMirror { mirror in
            // The first is had, the others are deleted before anybody comes who could have them.
            for (name, days) in [("first", (-1.0, 30.0)), ("a", (1, 3)), ("b", (1, 3)), ("c", (11, 13))] {
                try mirror.addJob(name, days: days)
                mirror.put("_x.bin", of: name)
            }
            let time = SimulatedTime(day: 0.5)
            for name in ["a", "b", "c"] { try mirror.simulator.catalogue.renameJob(name, to: "other") }
            #expect(try await mirror.sync(pace: time.pace).exitCode == .ok)
            time.set(day: 4)
            for name in ["a", "b"] {
                try mirror.simulator.catalogue.renameJob(name, to: MirrorFixture.project)
                mirror.delete(name)
            }
            var losses = 0
            for _ in 0..<2 {
                for shard in ["1/2", "2/2"] {
                    losses += try await mirror.sync(["shard": [shard]], pace: time.pace).newlyLost
                }
                #expect(losses == 2)
            }
            time.set(day: 14)
            try mirror.simulator.catalogue.renameJob("c", to: MirrorFixture.project)
            mirror.delete("c")
            // As if there had been shards only.
            try FileManager.default.removeItem(atPath: ProjectDirectory(mirror.root).runs)
            #expect(try await mirror.sync(pace: time.pace).newlyLost == 1)
            #expect(try await mirror.sync(pace: time.pace).newlyLost == 0)
        }
    }

    @Test func `a product that fails from the first run on is lost when it has expired, and told once`() async throws {
        try await withMirror(faults: [Fault(.object, "bad/bad_x.bin", effect: .status(code: 500))]) { mirror in
            for name in ["bad", "good"] {
                try mirror.addJob(name, days: (-1, 3.5))
                mirror.put("_x.bin", of: name)
            }
            let time = SimulatedTime()
            var exits: [RunStatus] = []
            var losses: [Int] = []
            for day in 0..<7 {
                time.set(day: Double(day))
                let report = try await mirror.sync(pace: time.pace)
                exits.append(report.exitCode)
                losses.append(report.newlyLost)
                #expect(report.expiring == (day == 3 ? 1 : 0), "\(report.warnings)")
            }
            #expect(exits == [.incomplete, .incomplete, .incomplete, .incomplete, .incomplete, .ok, .ok])
            #expect(losses == [0, 0, 0, 0, 1, 0, 0])
        }
    }

    @Test(arguments: [Fault.Effect.status(code: 500), .status(code: 503), .reset(after: 0), .html])
    func `a host that is down costs some requests and rows, and what was not tried is left`(
        effect: Fault.Effect
    ) async throws {
        try await withMirror(faults: [Fault(.object, effect: effect)]) { mirror in
            let count = 300
            for number in 0..<count {
                try mirror.addJob("job\(number)", days: (-0.5, 30))
                mirror.put("_x.bin", of: "job\(number)")
            }
            let report = try await mirror.sync(["connections": ["8"]], pace: SimulatedTime().pace)
            #expect(report.exitCode == .unavailable, "\(report.summary)")
            #expect(report.stopped?.hasPrefix("no product could be had: ") == true, "\(report.stopped ?? "")")
            #expect(report.rows.count <= 20 && report.left >= count - 20, "\(report.summary)")
            #expect(mirror.productRequests.count < 200)
        }
    }

    @Test func `a host that is back after its rest is asked on`() async throws {
        try await withMirror { mirror in
            for number in 0..<100 {
                try mirror.addJob("job\(number)", days: (-0.5, 30))
                mirror.put("_x.bin", of: "job\(number)")
            }
            let rule = mirror.simulator.faults.add(Fault(.object, effect: .reset(after: 0)))
            let real = SimulatedTime().pace
            let rests = Mutex(0)
            let pace = Pace(
                now: real.now,
                sleep: { _ in
                    // The second rest brings it back.
                    if rests.withLock({
                        $0 += 1
                        return $0
                    }) == 2 {
                        mirror.simulator.faults.remove(rule)
                    }
                },
                random: real.random
            )
            let report = try await mirror.sync(attempts: 30, pace: pace)
            #expect(report.exitCode == .ok && report.archived == 100, "\(report.summary) \(report.rows.map(\.reason))")
        }
    }

    @Test func `one host that is down keeps nothing of another, and the run is incomplete`() async throws {
        try await withMirror(faults: [Fault(.object, "down*", effect: .status(code: 500))]) { mirror in
            let port = mirror.simulator.port
            for number in 0..<40 {
                try mirror.addJob("down\(number)", days: (-0.5, 20)) { "https://s3.localhost:\(port)/other/\($0)" }
                try mirror.addJob("up\(number)", days: (-0.5, 30))
                mirror.put("_x.bin", of: "up\(number)")
            }
            let report = try await mirror.sync(pace: SimulatedTime().pace)
            #expect(report.exitCode == .incomplete && report.archived == 40, "\(report.summary)")
            #expect(report.left >= 30, "\(report.summary)")
            let told = report.warnings.filter { $0.contains("https://s3.localhost:\(port) gives nothing") }
            #expect(told.count == 1, "\(report.warnings)")
        }
    }

    @Test(arguments: ["a certificate of another name", "plain HTTP where TLS should be"])
    func `a host that cannot be trusted is told once, and is unavailable`(trouble: String) async throws {
        try await withMirror { mirror in
            let isPlain = trouble.hasPrefix("plain")
            let host = isPlain ? "\(mirror.simulator.catalogue.bucket).s3.localhost" : "products.impostor.localhost"
            let port = isPlain ? mirror.simulator.plainPort : mirror.simulator.port
            for number in 0..<50 {
                try mirror.addJob("job\(number)", days: (-0.5, 30)) { "https://\(host):\(port)/\($0)" }
            }
            let report = try await mirror.sync(pace: SimulatedTime().pace)
            #expect(report.exitCode == .unavailable, "\(report.summary)")
            #expect(report.stopped?.contains(host) == true, "\(report.stopped ?? "")")
            #expect(report.rows.count <= 20 && report.warnings.isEmpty, "\(report.summary) \(report.warnings)")
        }
    }
}
