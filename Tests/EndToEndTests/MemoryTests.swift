import FoundationEssentials
import Glibc
import HyP3Mirror
import HyP3Simulator
import Testing

/// What runs remember, and what they do without their memory.
@Suite(.timeLimit(.minutes(5))) struct MemoryTests {
    private static let now = Date.now

    private static func day(_ days: Double) -> String { CivilTime(self.now.addingTimeInterval(days * 86400)).text }

    /// Adds a job with the one product `STEM_x.bin`, unless `isMade` is false.
    private func addJob(
        _ mirror: MirrorFixture,
        _ id: String,
        requested: Double,
        expires: Double = 10,
        status: String = "SUCCEEDED",
        name: String = MirrorFixture.project,
        isMade: Bool = true
    ) throws {
        let url = mirror.simulator.catalogue.url("\(id)/\(id).zip")
        try mirror.simulator.catalogue.putJob(
            """
            {"job_id": "\(id)", "user_id": "\(mirror.simulator.username)", "name": "\(name)", "job_type": "RTC_GAMMA",
             "job_parameters": {}, "status_code": "\(status)", "request_time": "\(Self.day(requested))",
             "expiration_time": "\(Self.day(expires))", "files": [{"filename": "\(id).zip", "size": 1, "url": "\(url)"}]}
            """
        )
        mirror.simulator.catalogue.putObject("\(id)/\(id).zip", StoredObject([0]))
        if isMade {
            mirror.simulator.catalogue.putObject("\(id)/\(id)_x.bin", StoredObject(Array(id.utf8)))
        }
    }

    private func edit(_ path: String, _ change: (String) -> String) throws {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try Data(change(text).utf8).write(to: URL(filePath: path))
    }

    @Test(arguments: [false, true])
    func `an absent product is not asked for in every run`(listing: Bool) async throws {
        try await withMirror { mirror in
            mirror.simulator.catalogue.allowListing(listing)
            try self.addJob(mirror, "gone", requested: -3, isMade: false)
            try self.addJob(mirror, "young", requested: -0.5, isMade: false)
            let first = try await mirror.sync()
            #expect(first.exitCode == .ok && first.count(ProductOutcome.absent) == 2)
            let second = try await mirror.sync()
            #expect(second.count(ProductOutcome.absent) == 1 && second.count(ProductState.absent) == 1)
            try self.edit(mirror.state.absent) { text in
                text.replacing("\"last\":\"\(Self.day(0).prefix(10))", with: "\"last\":\"\(Self.day(-2).prefix(10))")
            }
            mirror.simulator.catalogue.putObject("gone/gone_x.bin", StoredObject([1, 2, 3]))
            let third = try await mirror.sync()
            #expect(third.archived == 1 && mirror.bytes("gone_x.bin") == [1, 2, 3])
            let left = try Data(contentsOf: URL(filePath: mirror.state.absent))
            #expect(left.split(separator: 10).count == 1)
            try FileManager.default.removeItem(atPath: mirror.state.absent)
            #expect(try await mirror.sync().count(ProductOutcome.absent) == 1)
        }
    }

    @Test func `a product that was broken before its upload is told once, and not fetched in every run`() async throws {
        try await withMirror { mirror in
            // The zip of the job is no zip.
            try self.addJob(mirror, "broken", requested: -0.5)
            let first = try await mirror.sync(suffixes: [".zip"])
            #expect(first.exitCode == .incomplete && first.count(.damagedUpstream) == 1)
            mirror.simulator.requests.clear()
            let second = try await mirror.sync(suffixes: [".zip"])
            #expect(second.exitCode == .ok && second.count(ProductState.damaged) == 1)
            #expect(second.summary.contains("1 damaged upstream"))
            #expect(mirror.productRequests.isEmpty)
            try self.edit(mirror.state.absent) { text in
                text.replacing("\"last\":\"\(Self.day(0).prefix(10))", with: "\"last\":\"\(Self.day(-2).prefix(10))")
            }
            #expect(try await mirror.sync(suffixes: [".zip"]).count(.damagedUpstream) == 1)
            let taken = try await mirror.sync(["no-structure-check": ["true"]], suffixes: [".zip"])
            #expect(taken.archived == 1 && mirror.bytes("broken.zip") == [0])
            #expect(try Data(contentsOf: URL(filePath: mirror.state.absent)).isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `a run that finds nothing new asks for the login and one page, and nothing else`(hasToken: Bool) async throws {
        try await withMirror { mirror in
            for number in 0..<3 { try self.addJob(mirror, "job\(number)", requested: -3, isMade: number > 0) }
            let account = [
                "EARTHDATA_USERNAME": mirror.simulator.username, "EARTHDATA_PASSWORD": mirror.simulator.password,
            ]
            let environment = hasToken ? nil : account
            #expect(try await mirror.sync(environment: environment).archived == 2)
            mirror.simulator.requests.clear()
            // The head is waited for, as its connection is ready sooner than another.
            mirror.simulator.faults.add(Fault(.any, method: "HEAD", effect: .delay(milliseconds: 200)))
            let report = try await mirror.sync(environment: environment)
            let requests = mirror.simulator.requests.all
            let paths = requests.filter { $0.method == "GET" }.map(\.path)
            #expect(paths == (hasToken ? [] : ["/oauth/authorize", "/login"]) + ["/jobs"])
            #expect(report.summary == "floods: nothing new: 2 present, 1 absent" && report.requests == requests.count)
            // On a long line each connection takes two round trips: those that the login leads to are open by then.
            let ahead = requests.filter { $0.method == "HEAD" }
            #expect(ahead.map(\.path) == (hasToken ? [] : ["/"]))
            #expect(ahead.allSatisfy { $0.headers["authorization"] == nil && $0.headers["cookie"] == nil })
            for host in Set(requests.map(\.host)) {
                #expect(Set(requests.filter { $0.host == host }.map(\.connection)).count == 1, "\(host)")
            }
        }
    }

    @Test func `what expires on our watch is told once, what expired before is history`() async throws {
        try await withMirror { mirror in
            try self.addJob(mirror, "history", requested: -40, expires: -26)
            try self.addJob(mirror, "kept", requested: -20, expires: 1)
            let first = try await mirror.sync()
            #expect(first.exitCode == .ok && first.count(.expired) == 1 && first.archived == 1)
            // The last run was 16 days ago; since then a job came and went.
            try self.edit(mirror.state.runs) { text in
                text.replacing(Self.day(0).prefix(10), with: Self.day(-16).prefix(10))
                    .replacing("\"newest_request\":\"\(Self.day(-20))", with: "\"newest_request\":\"\(Self.day(-17))")
            }
            try self.addJob(mirror, "missed", requested: -15, expires: -1)
            var lost: [String] = []
            let second = try await mirror.sync { if case .foundLost(let product) = $0 { lost.append(product.file) } }
            #expect(second.exitCode == .incomplete && second.newlyLost == 1 && lost == ["missed_x.bin"])
            #expect(second.count(.expired) == 1)
            let third = try await mirror.sync()
            #expect(third.exitCode == .ok && third.newlyLost == 0 && third.count(.lost) == 1)
            // A suffix wanted from now on was never kept before.
            let fourth = try await mirror.sync(suffixes: ["_x.bin", "_y.bin"])
            #expect(fourth.count(.lost) == 1 && fourth.newlyLost == 0)
        }
    }

    @Test func `an incremental run lists what may still matter, and misses nothing`() async throws {
        try await withMirror { mirror in
            try self.addJob(mirror, "old", requested: -30)
            try self.addJob(mirror, "slow", requested: -9, status: "RUNNING")
            try self.addJob(mirror, "recent", requested: -2)
            try self.addJob(mirror, "stranger", requested: -20, name: "other")
            #expect(try await mirror.sync(["incremental": ["true"]]).jobs == 3)
            // Submitted early, finished late; and a job renamed into the project, which waits for the next full listing.
            try mirror.simulator.catalogue.updateJob("slow", "{\"status_code\": \"SUCCEEDED\"}")
            try mirror.simulator.catalogue.renameJob("stranger", to: MirrorFixture.project)
            let second = try await mirror.sync(["incremental": ["true"]])
            #expect(second.jobs == 2 && second.archived == 1)
            let third = try await mirror.sync(["incremental": ["true"]])
            #expect(third.jobs == 1 && third.archived == 0)
            let whole = try String(decoding: Data(contentsOf: URL(filePath: mirror.state.runs)), as: UTF8.self)
            // The last full listing was 3 days ago, which is not too long unless less is wanted.
            try self.edit(mirror.state.runs) { text in
                text.replacing(Self.day(0).prefix(10), with: Self.day(-3).prefix(10))
            }
            let plan = try await mirror.mirror(["incremental": ["true"]]).plan()
            let fullPlan = try await mirror.mirror(["incremental": ["true"], "full-every": ["2d"]]).plan()
            #expect(plan.jobs == 1 && fullPlan.jobs == 4)
            let before = CivilTime(Self.now.addingTimeInterval(-4 * 86400)).dayText
            #expect(plan.omissions.count == 1 && fullPlan.omissions.isEmpty)
            #expect(plan.omissions.first?.hasPrefix("not listed: jobs requested before \(before)T") ?? false)
            try self.edit(mirror.state.runs) { _ in whole }
            // The last full listing was 8 days ago.
            try self.edit(mirror.state.runs) { text in
                text.replacing(Self.day(0).prefix(10), with: Self.day(-8).prefix(10))
            }
            let fourth = try await mirror.sync(["incremental": ["true"]])
            #expect(fourth.jobs == 4 && fourth.archived == 1)
            // The clock was ahead, and then set back; and the state is lost.
            let future = whole.replacing(Self.day(0).prefix(10), with: Self.day(9).prefix(10))
            for state in [future, ""] {
                try self.edit(mirror.state.runs) { _ in state }
                #expect(try await mirror.sync(["incremental": ["true"]]).jobs == 4)
            }
        }
    }

    @Test func `a job that is done and lists its files later is looked at again until it does`() async throws {
        try await withMirror { mirror in
            try self.addJob(mirror, "late", requested: -9)
            try self.addJob(mirror, "recent", requested: -1)
            let catalogue = mirror.simulator.catalogue
            let listed = try #require(catalogue.job("late"))
            try catalogue.updateJob("late", #"{"files": []}"#)
            for day in 0..<2 {
                let report = try await mirror.sync(["incremental": ["true"]])
                #expect(report.jobs == 2 && report.archived == 1 - day, "\(report)")
            }
            try catalogue.putJob(listed)
            let third = try await mirror.sync(["incremental": ["true"]])
            #expect(third.archived == 1 && third.exitCode == .ok, "\(third)")
            #expect(try await mirror.sync(["incremental": ["true"]]).jobs == 1)
        }
    }

    @Test func `a run that failed at something is not where an incremental one begins`() async throws {
        try await withMirror(faults: [Fault(.object, first: 4, effect: .status(code: 500))]) { mirror in
            try self.addJob(mirror, "a", requested: -9)
            #expect(try await mirror.sync(["incremental": ["true"], "connections": ["1"]]).exitCode == .incomplete)
            try self.addJob(mirror, "b", requested: -1)
            let second = try await mirror.sync(["incremental": ["true"]])
            #expect(second.jobs == 2)
            // The fault befalls each product's first requests.
            _ = try await mirror.sync(["incremental": ["true"]])
            #expect(try mirror.files() == ["SHA256SUMS", "a_x.bin", "b_x.bin"])
        }
    }

    @Test func `shards share one archive at once, and its checksum list is whole`() async throws {
        try await withMirror { mirror in
            let ids = (0..<40).map { "job\($0)" }
            for (number, id) in ids.enumerated() { try self.addJob(mirror, id, requested: -1 - Double(number) / 100) }
            let reports = try await withThrowingTaskGroup(of: RunReport.self) { group in
                for shard in 1...3 { group.addTask { try await mirror.sync(["shard": ["\(shard)/3"]]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.exitCode) == [.ok, .ok, .ok])
            #expect(reports.map(\.archived).reduce(0, +) == 40 && reports.allSatisfy { $0.archived > 0 })
            let sums = String(decoding: try #require(mirror.bytes("SHA256SUMS")), as: UTF8.self)
            let listed = sums.split(separator: "\n").map { String($0.dropFirst(66)) }
            #expect(listed.sorted() == ids.map { "\($0)_x.bin" }.sorted())
            #expect(try mirror.state.parts(with: "manifest").count == 3)
            let whole = try await mirror.sync()
            #expect(whole.exitCode == .ok && whole.archived == 0 && whole.count(.present) == 40)
        }
    }
}
