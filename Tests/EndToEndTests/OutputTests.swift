import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What the executable writes for people, scripts and monitoring.
@Suite(.timeLimit(.minutes(5))) struct OutputTests {
    private static let bytes = Content.pattern(seed: 4, count: 3_000_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `report, metrics and new files say what happened, also when nothing did`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let (report, metrics) = ("\(mirror.archive)/report.json", "\(mirror.archive)/metrics.prom")
            let news = "\(mirror.archive)/new.txt"
            let options = ["--report", report, "--metrics-file", metrics, "--new-files", news]
            let first = try await mirror.run("sync", options)
            #expect(first.exit == 0 && first.output.hasPrefix("floods: 1 archived (3 MB in "), "\(first.output)")
            let object = try JSONSerialization.jsonObject(with: Data(try self.text(report).utf8)) as? [String: Any]
            #expect(object?["schema"] as? Int == 1 && object?["exit_code"] as? Int == 0)
            #expect(try self.text(news) == "\(mirror.root)/\(Self.file)\n")
            let owner = "project=\"floods\",host=\"\(mirror.simulator.apiURL)\",directory=\"\(mirror.root)\""
            #expect(try self.text(metrics).contains("hyp3_mirror_archived_bytes{\(owner)} 3000000\n"))
            let sums = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
            #expect(try await RunningCommand(sums, directory: mirror.root).result().exit == 0)

            let second = try await mirror.run("sync", options)
            #expect(second.exit == 0 && second.output == "floods: nothing new: 1 present\n", "\(second.output)")
            #expect(try self.text(news).isEmpty)
            #expect(try self.text(metrics).contains("hyp3_mirror_products{\(owner),state=\"present\"} 1\n"))
        }
    }

    @Test func `a report of a run that failed has its exit status, too`() async throws {
        try await withMirror(faults: [Fault(.api, effect: .status(code: 403))]) { mirror in
            let report = "\(mirror.archive)/report.json"
            let result = try await mirror.run("sync", ["--report", report])
            let read = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: report)))
            #expect(result.exit == 77 && read.exitCode == .credentials && read.stopped?.isEmpty == false)
        }
    }

    @Test func `a report that cannot be written ends the run with 74, and the products are there`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run("sync", ["--report", "\(mirror.archive)/nowhere/report.json"])
            #expect(result.exit == 74 && result.sentence?.contains("nowhere") == true, "\(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test func `log lines as JSON are JSON`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run("sync", ["--log-format", "json", "--log-level", "debug"])
            let lines = result.errors.split(separator: "\n")
            #expect(result.exit == 0 && lines.count > 3)
            for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test func `plan tells the same in all its forms and changes nothing`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let url = mirror.simulator.catalogue.url(MirrorFixture.key("_x.bin"))
            let urls = try await mirror.run("plan", ["--format", "urls"])
            #expect(urls.exit == 0 && urls.output == url + "\n", "\(urls.output)")
            let json = try await mirror.run("plan", ["--format", "json"])
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(object?["state"] as? String == "fetch" && object?["url"] as? String == url)
            #expect(object?["job_id"] as? String == MirrorFixture.jobID && object?["file"] as? String == Self.file)
            let table = try await mirror.run("plan")
            #expect(table.exit == 0 && table.output.contains(MirrorFixture.stem), "\(table.output)")
            #expect(!FileManager.default.fileExists(atPath: mirror.root))
            #expect(mirror.productRequests.allSatisfy { $0.target.hasPrefix("/?list-type=2&") })
        }
    }

    @Test func `--limit-rate holds`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run("sync", ["--limit-rate", "1M", "--connections", "4"])
            #expect(result.exit == 0 && mirror.bytes(Self.file) == Self.bytes)
            // One second's worth may come as a burst, and the buffers of the line hold some more.
            #expect(result.duration >= .milliseconds(1500) && result.duration < .seconds(20), "\(result.duration)")
        }
    }

    @Test func `no secret stands in the process list`() async throws {
        try await withMirror(faults: [Fault(.api, "/jobs", effect: .stall(after: 0))]) { mirror in
            let command = try mirror.start(environment: mirror.passwordEnvironment)
            await mirror.simulator.faults.waitUntilStalled()
            let words = FileManager.default.contents(atPath: "/proc/\(command.process)/cmdline") ?? Data()
            let line = String(decoding: words, as: UTF8.self)
            #expect(line.contains("floods.json") && !line.contains(mirror.simulator.password))
            command.signal(SIGTERM)
            #expect(await command.result().exit == 143)
        }
    }
}
