import Foundation
import HyP3Mirror
import HyP3Simulator
import Logging
import Synchronization
import TestSupport
import Testing

/// What is archived is handed to a program of the user's, at least once, whatever happens between.
@Suite(.timeLimit(.minutes(5))) struct HookTests {
    private static let file = "\(MirrorFixture.stem)_x.bin"

    /// Makes a program of these lines beside the archive's projects. Another process writes it: what a test has open for
    /// writing while another test starts a program is open there, too, and cannot be run (ETXTBSY).
    private func program(_ mirror: MirrorFixture, _ name: String = "hook", _ lines: String) async throws -> String {
        let path = "\(mirror.archive)/\(name)"
        let text = "#!/bin/bash\ncd \"$(dirname \"$0\")\"\n\(lines)\n"
        try text.write(toFile: "\(path).text", atomically: false, encoding: .utf8)
        let words = ["install", "-m", "755", "\(path).text", path]
        try #require(await RunningCommand(words, directory: mirror.archive).result().exit == 0)
        return path
    }

    private func lines(_ mirror: MirrorFixture, _ name: String) -> [String] {
        let bytes = FileManager.default.contents(atPath: "\(mirror.archive)/\(name)") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Starts the executable with a configuration that has these keys under `archive`.
    private func start(
        _ mirror: MirrorFixture,
        _ keys: [String: Any],
        _ subcommand: String = "sync",
        _ options: [String] = []
    ) throws -> RunningCommand {
        var archive = keys
        archive["directory"] = mirror.archive
        let values: [String: Any] = [
            "project_name": MirrorFixture.project, "host": mirror.simulator.apiURL,
            "transfer_spec": ["extensions": ["_x.bin"]], "archive": archive,
        ]
        try JSONSerialization.data(withJSONObject: values).write(
            to: URL(fileURLWithPath: "\(mirror.archive)/floods.json")
        )
        let words = [try #require(RunningCommand.executable), subcommand, "floods.json"]
        return try RunningCommand(
            words + ["--cacert", mirror.simulator.caFile, "--login-url", mirror.simulator.loginURL] + options,
            environment: mirror.tokenEnvironment,
            directory: mirror.archive
        )
    }

    /// Waits until somebody has opened the pipe for writing and closed it again.
    private func wait(_ mirror: MirrorFixture, for pipe: String) async throws {
        let reader = try RunningCommand(["cat", pipe], directory: mirror.archive)
        #expect(await reader.result().exit == 0)
    }

    @Test func `each product is handed over once: its path as an argument, its line as JSON`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(
                mirror,
                "hook",
                "echo \"$*\" >> args; cat >> json; env >> environment.txt"
            )
            try mirror.addJob(ofYear: "2021", [4])
            let keys = ["on_archived": [hook, "--first"]]
            for _ in 0..<2 {
                let result = try await self.start(mirror, keys).result()
                #expect(result.exit == 0 && !result.errors.contains("warning"), "\(result.errors)")
            }
            let paths = try mirror.files().filter { $0.hasSuffix("_x.bin") }.map { "--first \(mirror.root)/\($0)" }
            #expect(self.lines(mirror, "args").sorted() == paths.sorted() && paths.count == 2)
            let json = try self.lines(mirror, "json").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let document = try #require(json.first { $0["job_id"] as? String == MirrorFixture.jobID })
            #expect(document["schema"] as? Int == 1 && document["event"] as? String == "archived")
            #expect(document["project"] as? String == "floods" && document["directory"] as? String == mirror.root)
            #expect(document["host"] as? String == mirror.simulator.apiURL)
            let product = try #require((document["products"] as? [[String: Any]])?.first)
            #expect(product["file"] as? String == "\(mirror.root)/\(Self.file)" && product["size"] as? Int == 3)
            #expect((product["sha256"] as? String)?.count == 64 && product["path"] as? String == Self.file)
            let environment = self.lines(mirror, "environment.txt")
            #expect(environment.contains { $0.hasPrefix("PATH=") })
            #expect(!environment.contains { $0.contains(mirror.simulator.token) })
        }
    }

    @Test func `what failed is told, counted and tried again, and the archive stays`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(
                mirror,
                "hook",
                "[ -e well ] || { echo no such luck >&2; exit 3; }; echo $1 >> args"
            )
            let heard = Mutex<[String]>([])
            let logger = Logger(label: "test") { _ in
                LogListener(onLine: { line in heard.withLock { $0.append("\(line.level): \(line.message)") } })
            }
            let first = try await mirror.sync(["on-archived": [hook]], logger: logger)
            #expect(first.exitCode == .ok && first.archived == 1)
            #expect(first.hooksFailed == 1 && first.hooksDelivered == 0 && first.hooksWaiting == 1)
            let told = heard.withLock { $0 }.filter { $0.contains("on_archived failed for \(Self.file)") }
            #expect(told.count == 1 && told[0].hasPrefix("warning"), "\(told)")
            #expect(told.first?.hasSuffix("it ended with 3: no such luck") == true, "\(told)")
            #expect(first.summary.contains("1 failed hook"))
            #expect(mirror.bytes(Self.file) == [1, 2, 3])

            _ = FileManager.default.createFile(atPath: "\(mirror.archive)/well", contents: nil)
            let second = try await mirror.sync(["on-archived": [hook]])
            #expect(second.hooksFailed == 0 && second.hooksDelivered == 1 && second.hooksWaiting == 0)
            #expect(self.lines(mirror, "args") == ["\(mirror.root)/\(Self.file)"])
            // A run without the hook leaves it alone.
            let third = try await mirror.sync()
            #expect(third.hooksDelivered == 0 && third.exitCode == .ok)
        }
    }

    @Test func `a program that fails time after time is left to the next run`() async throws {
        try await withProduct([1]) { mirror in
            let hook = try await self.program(mirror, "hook", "echo $1 >> tried; [ -e well ]")
            for year in 1990..<2029 { try mirror.addJob(ofYear: "\(year)", [UInt8(year % 100)]) }
            let flags = ["on-archived": [hook], "hooks-at-once": ["1"]]
            let first = try await mirror.sync(flags)
            #expect(first.exitCode == .ok && first.archived == 40)
            #expect(self.lines(mirror, "tried").count == 16 && first.hooksFailed == 16 && first.hooksWaiting == 40)
            #expect(first.warnings.contains { $0.contains("16 times in a row") }, "\(first.warnings)")
            _ = FileManager.default.createFile(atPath: "\(mirror.archive)/well", contents: nil)
            let second = try await mirror.sync(flags)
            #expect(second.hooksDelivered == 40 && second.hooksWaiting == 0)
        }
    }

    @Test func `no more run at once than are asked for`() async throws {
        try await withProduct([1]) { mirror in
            // Each looks whether another is at work, and is at work itself for as long as another program takes.
            let hook = try await self.program(
                mirror,
                "hook",
                "mkdir working || echo $1 >> together; sha256sum \"$1\" >> sums; rmdir working"
            )
            for year in 2001..<2021 { try mirror.addJob(ofYear: "\(year)", [UInt8(year % 100)]) }
            let report = try await mirror.sync(["on-archived": [hook], "hooks-at-once": ["1"]])
            #expect(report.hooksDelivered == 21 && report.hooksFailed == 0)
            #expect(self.lines(mirror, "together").isEmpty && self.lines(mirror, "sums").count == 21)
        }
    }

    @Test func `what is no longer in its place is not handed over, and owed no more`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try mirror.addJob(ofYear: "2021", [4])
            let hook = try await self.program(mirror, "hook", "[ -e well ] || exit 1; echo $1 >> args")
            let first = try await mirror.sync(["on-archived": [hook]])
            #expect(first.hooksWaiting == 2)
            _ = FileManager.default.createFile(atPath: "\(mirror.archive)/well", contents: nil)
            // A directory of that name is no product either.
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.file)")
            try FileManager.default.createDirectory(
                atPath: "\(mirror.root)/\(Self.file)",
                withIntermediateDirectories: false
            )
            mirror.simulator.catalogue.removeObject(MirrorFixture.key("_x.bin"))
            let second = try await mirror.sync(["on-archived": [hook]])
            #expect(second.hooksFailed == 0 && second.hooksWaiting == 0, "\(second.rows)")
            #expect(self.lines(mirror, "args").map { $0.hasSuffix("_2021_x.bin") } == [true])
        }
    }

    @Test func `what was archived before there was a hook is handed over, too`() async throws {
        try await withProduct([1]) { mirror in
            #expect(try await mirror.sync().archived == 1)
            let hook = try await self.program(mirror, "hook", "echo $1 >> args")
            #expect(try await mirror.sync(["on-archived": [hook]]).hooksDelivered == 1)
            #expect(self.lines(mirror, "args").count == 1)
        }
    }

    @Test func `a run that is killed in the middle of it has it handed over again`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(
                mirror,
                "hook",
                "[ -e well ] || { echo > begun; read < go; exit 1; }; echo $1 >> args"
            )
            for pipe in ["begun", "go"] { try #require(mkfifo("\(mirror.archive)/\(pipe)", 0o600) == 0) }
            let killed = try self.start(mirror, ["on_archived": [hook]])
            try await self.wait(mirror, for: "begun")
            killed.signal(SIGKILL)
            #expect(await killed.result().exit == 128 + SIGKILL)
            // The program itself outlives it.
            let let_go = try RunningCommand(["bash", "-c", "echo > go"], directory: mirror.archive)
            #expect(await let_go.result().exit == 0)
            _ = FileManager.default.createFile(atPath: "\(mirror.archive)/well", contents: nil)
            let result = try await self.start(mirror, ["on_archived": [hook]]).result()
            #expect(result.exit == 0, "\(result.errors)")
            #expect(self.lines(mirror, "args") == ["\(mirror.root)/\(Self.file)"])
        }
    }

    @Test func `what a recovery finished is handed over`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(mirror, "hook", "echo $1 >> args")
            #expect(try await mirror.sync().archived == 1)
            // As a kill leaves it between the name and the record.
            let line = try Data(contentsOf: URL(filePath: mirror.state.manifest))
            try line.write(to: URL(filePath: mirror.state.journal))
            try Data().write(to: URL(filePath: mirror.state.manifest))
            let report = try await mirror.sync(["on-archived": [hook]])
            #expect(report.archived == 0 && report.hooksDelivered == 1)
            #expect(self.lines(mirror, "args") == ["\(mirror.root)/\(Self.file)"])
        }
    }

    @Test func `a signal ends the run, the program and what that started, and nothing is lost`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(
                mirror,
                "hook",
                "[ -e well ] || { cat go & echo $$ $! > pids; echo > begun; wait; exit 1; }; echo $1 >> args"
            )
            for pipe in ["begun", "go"] { try #require(mkfifo("\(mirror.archive)/\(pipe)", 0o600) == 0) }
            let command = try self.start(mirror, ["on_archived": [hook]], "sync", ["--report", "report.json"])
            try await self.wait(mirror, for: "begun")
            let began = ContinuousClock.now
            command.signal(SIGTERM)
            let result = await command.result()
            #expect(result.exit == RunStatus.terminated.rawValue, "\(result.errors)")
            #expect(began.duration(to: .now) < .seconds(4))
            let pids = try #require(self.lines(mirror, "pids").first).split(separator: " ").compactMap { pid_t($0) }
            #expect(pids.count == 2)
            for pid in pids { #expect(Self.isGone(pid), "\(pid)") }
            #expect(!result.errors.contains("on_archived failed"), "\(result.errors)")
            _ = FileManager.default.createFile(atPath: "\(mirror.archive)/well", contents: nil)
            #expect(try await self.start(mirror, ["on_archived": [hook]]).result().exit == 0)
            #expect(self.lines(mirror, "args").count == 1)
        }
    }

    /// Ended, though nobody may have asked how.
    private static func isGone(_ process: pid_t) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return status.isEmpty || status.split(separator: ")").last?.hasPrefix(" Z") == true
    }

    @Test func `a program that hangs is stopped at its time limit, and holds up no other product`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try mirror.addJob(ofYear: "2021", [4])
            try #require(mkfifo("\(mirror.archive)/go", 0o600) == 0)
            let hook = try await self.program(
                mirror,
                "hook",
                "case $1 in *_2021_*) echo $1 >> args;; *) cat go & echo $! > pid; wait;; esac"
            )
            let flags = ["on-archived": [hook], "hook-timeout": ["1s"], "hooks-at-once": ["1"]]
            let report = try await mirror.sync(flags)
            #expect(report.exitCode == .ok && report.hooksFailed == 1 && report.hooksDelivered == 1)
            #expect(self.lines(mirror, "args").count == 1)
            let pid = try #require(self.lines(mirror, "pid").first.flatMap { pid_t($0) })
            #expect(Self.isGone(pid))
        }
    }

    @Test func `a program that is not there is told once, and by doctor before`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            try mirror.addJob(ofYear: "2021", [4])
            let report = try await mirror.sync(["on-archived": ["/nowhere/hook"]])
            #expect(report.exitCode == .ok && report.archived == 2 && report.hooksWaiting == 2)
            #expect(report.warnings.count { $0.contains("/nowhere/hook") } == 1, "\(report.warnings)")
            let plain = "\(mirror.archive)/plain"
            _ = FileManager.default.createFile(atPath: plain, contents: Data("#!/bin/sh\n".utf8))
            let keys: [String: Any] = ["on_archived": ["nowhere-such-hook"], "on_finish": [plain]]
            let doctor = try await self.start(mirror, keys, "doctor").result()
            #expect(doctor.exit != 0)
            #expect(doctor.output.contains("BAD   on_archived: cannot run nowhere-such-hook"), "\(doctor.output)")
            #expect(doctor.output.contains("chmod +x \(plain)"), "\(doctor.output)")
            let well = try await self.start(mirror, ["on_archived": ["true"]], "doctor").result()
            #expect(well.output.contains("ok    on_archived: /"), "\(well.output)")
        }
    }

    @Test func `with each job, it waits until nothing more of the job is to come`() async throws {
        let fault = Fault(.object, "*_y.bin", effect: .status(code: 503))
        try await withProduct([1, 2, 3], faults: [fault]) { mirror in
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_y.bin"), StoredObject([7]))
            try mirror.addJob(ofYear: "2021", [4])
            let stem = "S1A_IW_20210520T001530_DVP_RTC30_G_gpuned_2021"
            // The bucket's own word that it has no _y.bin is believed only where it has what HyP3 names.
            mirror.simulator.catalogue.putObject("job-2021/\(stem).zip", StoredObject([1]))
            let hook = try await self.program(mirror, "hook", "echo \"$*\" >> args")
            let flags = ["on-archived": [hook], "on-archived-each": ["job"]]
            let first = try await mirror.sync(flags, suffixes: ["_x.bin", "_y.bin"])
            #expect(first.archived == 2 && first.count(ProductOutcome.failed) > 0)
            #expect(!self.lines(mirror, "args").contains { $0.contains(MirrorFixture.stem) })
            #expect(first.hooksWaiting >= 1)
            mirror.simulator.faults.removeAll()
            let second = try await mirror.sync(flags, suffixes: ["_x.bin", "_y.bin"])
            #expect(second.hooksWaiting == 0, "\(second)")
            let whole = self.lines(mirror, "args").filter { $0.contains(MirrorFixture.stem) }
            let paths = ["_x.bin", "_y.bin"].map { "\(mirror.root)/\(MirrorFixture.stem)\($0)" }
            #expect(whole == [paths.joined(separator: " ")])
        }
    }

    @Test func `on_finish gets the report of each run`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let hook = try await self.program(mirror, "hook", "cat > got.json; exit 5")
            for archived in [1, 0] {
                let result = try await self.start(mirror, ["on_finish": [hook]]).result()
                #expect(result.exit == 0)
                #expect(result.errors.contains("on_finish failed: it ended with 5"), "\(result.errors)")
                let got = try Data(contentsOf: URL(filePath: "\(mirror.archive)/got.json"))
                let report = try RunReport(json: got)
                #expect(report.exitCode == .ok && report.archived == archived && report.isPlanned)
            }
        }
    }

    @Test func `the ping URL is told of begin and end, and its path nobody else`() async throws {
        try await withProduct([1, 2, 3]) { mirror in
            let key = "health/5up3r-s3cr3t"
            for end in ["", "/start", "/fail"] { mirror.simulator.catalogue.putObject(key + end, StoredObject([1])) }
            let url = mirror.simulator.catalogue.url(key)
            func pings() -> [String] {
                mirror.simulator.requests.all.map(\.path).filter { $0.contains("5up3r") }.map {
                    $0.hasSuffix("/start") ? "start" : $0.hasSuffix("/fail") ? "fail" : "success"
                }
            }
            let keys = ["ping_url": url, "log_level": "trace"]
            let well = try await self.start(mirror, keys).result()
            #expect(well.exit == 0 && pings() == ["start", "success"], "\(well.errors)")
            _ = mirror.simulator.faults.add(Fault(.api, effect: .status(code: 403)))
            let ill = try await self.start(mirror, keys).result()
            #expect(ill.exit != 0 && pings() == ["start", "success", "start", "fail"], "\(ill.errors)")
            mirror.simulator.faults.removeAll()
            _ = mirror.simulator.faults.add(Fault(.object, "*5up3r*", effect: .status(code: 500)))
            let deaf = try await self.start(mirror, keys).result()
            #expect(deaf.exit == 0 && deaf.errors.contains("ping_url at https://"), "\(deaf.errors)")
            #expect(deaf.errors.contains("it answers 500"))
            let wrong = try await self.start(mirror, ["ping_url": "http://hc.example/5up3r"]).result()
            #expect(wrong.exit == RunStatus.configuration.rawValue && wrong.errors.contains("archive.ping_url"))
            for said in [well, ill, deaf, wrong] {
                #expect(!said.errors.contains("5up3r") && !said.output.contains("5up3r"), "\(said.errors)")
            }
        }
    }
}
