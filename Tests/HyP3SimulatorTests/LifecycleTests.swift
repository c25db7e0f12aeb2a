import Foundation
import HyP3Simulator
import TestSupport
import Testing

@Suite struct LifecycleTests {
    @Test func `closing ends the service and cleans up`() async throws {
        let (apiURL, caFile) = try await withSimulator { simulator in
            for host in ["127.0.0.1", "[::1]", "urs.localhost", "some-bucket.s3.localhost"] {
                let run = try await CurlRun.get(simulator, "https://\(host):\(simulator.port)/")
                #expect(run.exit == 0 && run.status > 0, "\(host)")
            }
            #expect(FileManager.default.fileExists(atPath: simulator.caFile))
            return (simulator.apiURL, simulator.caFile)
        }
        #expect(!FileManager.default.fileExists(atPath: caFile))
        // 7: nobody listens there any more.
        #expect(try await CurlRun.run(["--insecure", apiURL]).exit == 7)
    }

    @Test func `a port that is taken is an error that names it`() async throws {
        try await withSimulator { simulator in
            var configuration = SimulatorConfiguration()
            configuration.port = simulator.port
            let error = #expect(throws: SimulatorError.self) { try Simulator(configuration) }
            #expect(error?.description.contains("\(simulator.port)") == true)
        }
    }

    @Test func `a client that breaks off does no harm`() async throws {
        try await withSimulator { simulator in
            simulator.catalogue.putObject("x", StoredObject(.pattern(seed: 1, count: 100_000_000)))
            for _ in 0..<5 {
                let url = simulator.catalogue.url("x")
                let run = try await CurlRun.get(simulator, url, "--limit-rate", "1M", "--max-time", "0.5")
                #expect(run.exit == 28)
            }
            try await simulator.requests.wait { $0.count == 5 && $0.allSatisfy(\.isFinished) }
            #expect(simulator.requests.all.allSatisfy { !$0.isWhole && $0.bodyBytes < 100_000_000 })
        }
    }

    @Test func `closing ends a stalled response`() async throws {
        try await confirmation { ended in
            try await withSimulator { simulator in
                simulator.catalogue.putObject("x", StoredObject([1, 2, 3]))
                simulator.faults.add(Fault(.object, effect: .stall(after: 1)))
                let url = simulator.catalogue.url("x")
                Task { _ = try await CurlRun.get(simulator, url, "--max-time", "60") }
                await simulator.faults.waitUntilStalled()
            }
            ended()
        }
    }

    @Test(arguments: CertificateFault.allCases)
    func `a client that checks certificates refuses a faulty one`(fault: CertificateFault) async throws {
        var configuration = SimulatorConfiguration()
        configuration.certificateFault = fault
        try await withSimulator(configuration) { simulator in
            let checked = try await CurlRun.get(simulator, "\(simulator.apiURL)/")
            #expect(checked.exit == 60 && simulator.requests.all.isEmpty)
            let unchecked = try await CurlRun.get(simulator, "\(simulator.apiURL)/", "--insecure")
            #expect(unchecked.status == 302)
        }
    }

    @Test func `many connections at once are served, and a kept one again`() async throws {
        try await withSimulator { simulator in
            let content = Content.pattern(seed: 1, count: 400_000)
            for index in 0..<64 { simulator.catalogue.putObject("\(index)", StoredObject(content)) }
            try await withTemporaryDirectory { directory in
                let url = simulator.catalogue.url("")
                let status = try await command(
                    "curl",
                    ["--silent", "--cacert", simulator.caFile, "--parallel", "--parallel-max", "64"]
                        + ["--parallel-immediate", "--output", "\(directory)/#1", "\(url)[0-63]"]
                )
                #expect(status == 0)
                let expected = Data(content.bytes)
                for index in 0..<64 {
                    #expect(FileManager.default.contents(atPath: "\(directory)/\(index)") == expected)
                }
            }
            #expect(Set(simulator.requests.all.map(\.connection)).count > 32)
            simulator.requests.clear()
            _ = try await CurlRun.run(
                ["--cacert", simulator.caFile, simulator.catalogue.url("1"), "-o", "/dev/null"]
                    + [simulator.catalogue.url("2"), "-o", "/dev/null", simulator.catalogue.url("3")]
            )
            #expect(simulator.requests.all.count == 3)
            #expect(Set(simulator.requests.all.map(\.connection)).count == 1)
        }
    }

    /// Where the build put the executable: beside the tests.
    private var executable: URL? {
        let tests = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "hyp3-simulator")
        return FileManager.default.isExecutableFile(atPath: path.path) ? path : nil
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGKILL])
    func `the command says where it listens and leaves nothing behind`(signal: Int32) async throws {
        try await withTemporaryDirectory { directory in
            let process = Process()
            let command = try #require(executable)
            process.executableURL = command
            process.arguments = [
                "--demo", "--name", "demo", "--directory", "\(directory)/sim", "--ready-file", "\(directory)/ready",
                "--request-log", "\(directory)/log",
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let line = await withCheckedContinuation { continuation in
                // Blocks until the line has come.
                Thread.detachNewThread { continuation.resume(returning: pipe.fileHandleForReading.availableData) }
            }
            let values = try JSONDecoder().decode([String: String].self, from: line)
            #expect(FileManager.default.contents(atPath: "\(directory)/ready") == line)
            let api = try #require(values["api"])
            let run = try await CurlRun.run([
                "--cacert", try #require(values["ca"]), "--oauth2-bearer", try #require(values["token"]),
                "\(api)/jobs?name=demo",
            ])
            #expect(try JobsPage(run).jobs.count == 12)
            kill(process.processIdentifier, signal)
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    process.waitUntilExit()
                    continuation.resume()
                }
            }
            if signal == SIGKILL {
                #expect(process.terminationReason == .uncaughtSignal)
            } else {
                #expect(process.terminationStatus == 0)
                #expect(!FileManager.default.fileExists(atPath: "\(directory)/ready"))
            }
            #expect(try await CurlRun.run(["--insecure", api]).exit == 7)
            let log = try String(contentsOfFile: "\(directory)/log", encoding: .utf8).split(separator: "\n")
            let first = try JSONDecoder().decode(LoggedRequest.self, from: Data(try #require(log.first).utf8))
            #expect(first.path == "/jobs" && first.isWhole && first.bodyBytes > 10_000)
        }
    }
}
