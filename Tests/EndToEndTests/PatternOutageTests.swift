import HyP3Mirror
import HyP3Simulator
import Testing

/// What suffixes with `*`, which only a listing can turn into products, make of a host that lists nothing.
@Suite(.timeLimit(.minutes(5))) struct PatternOutageTests {
    private static let suffixes = ["_FM_*.tif"]
    private static let jobs = 30

    struct Outage: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var faults: [Fault]
        /// What the sentence names.
        var word: String

        init(_ name: String, _ effect: Fault.Effect, _ word: String) {
            self.init(name, [.object, .listing].map { Fault($0, effect: effect) }, word)
        }

        init(_ refusal: Refusal, _ word: String) { self.init(refusal.rawValue, refusal.faults, word) }

        private init(_ name: String, _ faults: [Fault], _ word: String) {
            (self.testDescription, self.faults, self.word) = (name, faults, word)
        }
    }

    private static let outages = [
        Outage(.page, "Access blocked"), Outage(.cloudFront, "ERROR: The request could not be satisfied"),
        Outage(.legal, "Unavailable For Legal Reasons"), Outage(.networkLogin, "Network Authentication Required"),
        Outage(.portal, "Sign in"), Outage(.noBucket, "NoSuchBucket"), Outage(.skewedClock, "clock"),
        Outage("503", .status(code: 503), "503"), Outage("500", .status(code: 500), "500"),
        Outage("reset", .reset(after: 0), "localhost"), Outage("broken off", .truncate(to: 100), "broken listing"),
        Outage("no words", .status(code: 403, body: "", contentType: "text/plain"), "not in the words of a bucket"),
    ]

    @Test(arguments: outages)
    func `a host that gives no word of a bucket is unavailable, and all is left for the next run`(
        outage: Outage
    ) async throws {
        try await withMirror(faults: outage.faults) { mirror in
            for number in 0..<Self.jobs {
                try mirror.addJob("job\(number)", days: (-0.5, 30))
                for suffix in ["_FM_a.tif", "_FM_b.tif"] { mirror.put(suffix, of: "job\(number)") }
            }
            let time = SimulatedTime()
            let report = try await Self.sync(mirror, time)
            #expect(report.exitCode == .unavailable, "\(report.summary)")
            let sentence = report.stopped ?? ""
            #expect(sentence.hasPrefix("no product could be had: ") && sentence.contains(outage.word), "\(sentence)")
            #expect(report.rows.isEmpty && report.warnings.isEmpty, "\(report.rows) \(report.warnings)")
            #expect(report.left == Self.jobs, "\(report.summary)")
            #expect(mirror.productRequests.count <= 12)

            mirror.simulator.faults.removeAll()
            let next = try await Self.sync(mirror, time)
            #expect(next.exitCode == .ok && next.archived == 2 * Self.jobs, "\(next.summary)")
        }
    }

    @Test func `a bucket that refuses to be listed in its own words makes the run incomplete, with a row each`()
        async throws
    {
        try await withMirror(faults: Refusal.policy.faults) { mirror in
            for number in 0..<3 { try mirror.addJob("job\(number)", days: (-0.5, 30)) }
            let report = try await Self.sync(mirror, SimulatedTime())
            #expect(report.exitCode == .incomplete, "\(report.summary) \(report.stopped ?? "")")
            #expect(report.rows.count == 3 && report.left == 0, "\(report.summary)")
            for row in report.rows {
                #expect(row.outcome == "failed" && row.reason.contains("without a listing of the bucket"))
                #expect(row.reason.contains("AccessDenied"), "\(row.reason)")
            }
        }
    }

    @Test func `what is not listed is left and told once where the products with a name come`() async throws {
        try await withMirror(faults: [Fault(.listing, effect: .html)]) { mirror in
            for number in 0..<3 {
                try mirror.addJob("job\(number)", days: (-0.5, 30))
                for suffix in ["_x.bin", "_FM_a.tif"] { mirror.put(suffix, of: "job\(number)") }
            }
            let report = try await Self.sync(mirror, SimulatedTime(), ["_x.bin"] + Self.suffixes)
            #expect(report.exitCode == .incomplete && report.archived == 3, "\(report.summary) \(report.rows)")
            #expect(report.left == 3 && report.rows.isEmpty, "\(report.rows)")
            let told = report.warnings.filter { $0.hasPrefix("products of suffixes with * are left") }
            #expect(told.count == 1 && report.warnings.count == 1, "\(report.warnings)")
            #expect(told.first?.contains("Sign in") == true, "\(told)")
        }
    }

    @Test func `a listing that fails among others is no outage`() async throws {
        try await withMirror(faults: [Fault(.listing, skip: 2, effect: .status(code: 500))]) { mirror in
            for number in 0..<3 { try mirror.addJob("job\(number)", days: (-0.5, 30)) }
            let report = try await Self.sync(mirror, SimulatedTime())
            #expect(report.exitCode == .incomplete, "\(report.summary) \(report.stopped ?? "")")
            #expect(report.count(ProductOutcome.absent) == 2 && report.left == 1, "\(report.summary)")
            #expect(report.warnings.count == 1, "\(report.warnings)")
            #expect(report.rows.allSatisfy { $0.outcome == "absent" }, "\(report.rows)")
        }
    }

    @Test func `one bucket that is behind a page keeps nothing of another`() async throws {
        try await withMirror(faults: [Fault(.listing, "other", effect: .html)]) { mirror in
            let port = mirror.simulator.port
            for number in 0..<5 {
                try mirror.addJob("down\(number)", days: (-0.5, 20)) { "https://other.s3.localhost:\(port)/\($0)" }
                try mirror.addJob("up\(number)", days: (-0.5, 30))
                mirror.put("_FM_a.tif", of: "up\(number)")
            }
            let report = try await Self.sync(mirror, SimulatedTime())
            #expect(report.exitCode == .incomplete && report.archived == 5, "\(report.summary) \(report.rows)")
            #expect(report.left == 5 && report.rows.isEmpty, "\(report.summary) \(report.rows)")
            #expect(report.warnings.count == 1, "\(report.warnings)")
        }
    }

    private static func sync(
        _ mirror: MirrorFixture,
        _ time: SimulatedTime,
        _ suffixes: [String] = suffixes
    ) async throws -> RunReport {
        try await mirror.sync(["no-structure-check": ["true"]], suffixes: suffixes, pace: time.pace)
    }
}
