import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Readers of standard output and standard error that are full, gone, or never read.
@Suite(.timeLimit(.minutes(5))) struct StandardStreamTests {
    private static let bytes = Content.pattern(seed: 4, count: 300_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    /// What runs the command behind it with standard streams of another kind.
    private static func shell(_ redirection: String) -> [String] {
        ["bash", "-c", "exec \"$@\" \(redirection)", "bash"]
    }

    /// Pipes at the descriptors (`1`, `2` or both), in front of the command.
    ///
    /// - Parameter isGone: nobody reads from the pipe any more; else somebody holds its other end, never reads, and has let
    ///   it fill up.
    private static func pipe(_ descriptors: [Int], isGone: Bool) -> [String] {
        let script = """
            import os, signal, sys
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            reader, writer = os.pipe()
            if sys.argv[2] == "gone":
                os.close(reader)
            else:
                os.set_inheritable(reader, True)
                os.set_blocking(writer, False)
                try:
                    while True: os.write(writer, b"." * 4096)
                except BlockingIOError: pass
                try:
                    while True: os.write(writer, b".")
                except BlockingIOError: pass
                os.set_blocking(writer, True)
            for number in sys.argv[1]: os.dup2(writer, int(number))
            os.close(writer)
            os.execvp(sys.argv[3], sys.argv[3:])
            """
        let numbers = descriptors.map(String.init).joined()
        return ["python3", "-c", script, numbers, isGone ? "gone" : "asleep"]
    }

    @Test(
        arguments: ["> /dev/full", ">&-"],
        [["sync"], ["plan"], ["plan", "--format", "json"], ["plan", "--format", "urls"]]
    )
    func `a result that cannot be written is no success`(redirection: String, words: [String]) async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run(
                words[0],
                Array(words.dropFirst()),
                prefix: Self.shell(redirection)
            )
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("standard output") == true, "\(result.errors)")
            if words[0] == "sync" { #expect(mirror.bytes(Self.file) == Self.bytes) }
        }
    }

    @Test(arguments: [["--help"], ["help", "sync"], ["--version"]])
    func `help that cannot be written is no success either`(words: [String]) async throws {
        try await withMirror { mirror in
            let executable = try #require(RunningCommand.executable)
            let prefix = Self.shell("> /dev/full")
            let result = try await RunningCommand(prefix + [executable] + words, directory: mirror.archive).result()
            #expect(result.exit == RunStatus.storage.rawValue && result.sentence != nil, "\(result.errors)")
        }
    }

    @Test(arguments: ["--report", "--new-files", "--metrics-file"])
    func `a file that cannot be written is no success, and the products are there`(option: String) async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run("sync", [option, "/dev/full"])
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("/dev/full") == true, "\(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(arguments: [[1], [2], [1, 2]])
    func `a reader that has gone does not end sync`(descriptors: [Int]) async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run(
                "sync",
                ["--log-level", "debug"],
                prefix: Self.pipe(descriptors, isGone: true)
            )
            #expect(result.exit == 0, "\(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(arguments: ["table", "json", "urls"])
    func `plan ends quietly when its reader has had enough`(format: String) async throws {
        var configuration = SimulatorConfiguration(jobs: 600)
        configuration.catalogue.names = [MirrorFixture.project]
        try await withMirror(configuration) { mirror in
            // The content of these products would have to be made to be listed.
            mirror.simulator.catalogue.allowListing(false)
            let script = "set -o pipefail; \"$@\" | head -n 1"
            let result = try await mirror.run(
                "plan",
                ["--format", format, "--quiet"],
                suffixes: [".zip", "_VV.tif", "_VH.tif", "_WM.tif"],
                prefix: ["bash", "-c", script, "bash"]
            )
            #expect(result.exit == 0, "\(result.exit): \(result.errors)")
            #expect(result.output.split(separator: "\n").count == 1 && result.errors.isEmpty, "\(result.errors)")
        }
    }

    @Test func `a log that nobody reads holds up neither the run nor its end`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run(
                "sync",
                ["--log-level", "debug"],
                prefix: Self.pipe([2], isGone: false)
            )
            #expect(result.exit == 0 && result.output.contains("1 archived"), "\(result.output)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a log that nobody reads holds up no stop and no lock`(number: Int32) async throws {
        let stall = Fault(.object, effect: .stall(after: 100_000))
        try await withProduct(Self.bytes, faults: [stall]) { mirror in
            let command = try mirror.start(
                "sync",
                ["--log-level", "debug"],
                prefix: Self.pipe([1, 2], isGone: false)
            )
            await mirror.simulator.faults.waitUntilStalled()
            command.signal(number)
            #expect(await command.result().exit == 128 + number)
            mirror.simulator.faults.removeAll()
            #expect(try await mirror.run().exit == 0)
        }
    }

    @Test func `a result that nobody reads is no success, and said within seconds`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await mirror.run("sync", prefix: Self.pipe([1], isGone: false))
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(result.sentence?.contains("Nobody read it") == true, "\(result.errors)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(arguments: ["text", "json"])
    func `lines that were dropped are counted and told once somebody reads again`(format: String) async throws {
        try await withMirror { mirror in
            // A line a product, and more of them than wait for a reader.
            let count = 1000
            for number in 0..<count {
                let stem = "P\(number)" + String(repeating: "x", count: 200)
                try mirror.simulator.catalogue.putJob(
                    """
                    {"job_id": "\(UUID().uuidString.lowercased())", "user_id": "\(mirror.simulator.username)",
                     "name": "\(MirrorFixture.project)", "job_type": "RTC_GAMMA", "job_parameters": {},
                     "status_code": "SUCCEEDED", "request_time": "2026-11-20T00:00:00+00:00",
                     "expiration_time": "2099-01-01T00:00:00+00:00",
                     "files": [{"filename": "\(stem).zip", "size": 1,
                                "url": "\(mirror.simulator.catalogue.url("j\(number)/\(stem).zip"))"}]}
                    """
                )
                mirror.simulator.catalogue.putObject("j\(number)/\(stem)_x.bin", StoredObject([1, 2, 3]))
            }
            // Reads standard error only once the summary has come, and then all of it.
            let script = """
                import os, subprocess, sys
                reader, writer = os.pipe()
                os.set_blocking(writer, False)
                try:
                    while True: os.write(writer, b"." * 4096)
                except BlockingIOError: pass
                os.set_blocking(writer, True)
                child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=writer)
                os.close(writer)
                sys.stdout.write(child.stdout.readline().decode())
                text = os.fdopen(reader).read()
                sys.stderr.write(text.lstrip("."))
                sys.exit(child.wait())
                """
            let result = try await mirror.run(
                "sync",
                ["--log-format", format],
                prefix: ["python3", "-c", script]
            )
            #expect(result.exit == 0 && result.output.contains("\(count) archived"), "\(result.errors.suffix(500))")
            #expect(result.errors.contains("left out here, because nobody read them"), "\(result.errors.suffix(500))")
            if format == "json" {
                for line in result.errors.split(separator: "\n") {
                    _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
                }
            }
        }
    }

    @Test func `what others wrote does not drive the terminal of who reads a message`() async throws {
        try await withMirror { mirror in
            let executable = try #require(RunningCommand.executable)
            for words in [
                ["sync", "a\u{1B}[31m\u{202E}\u{9B}b.json"], ["sy\u{1B}nc\u{2066}"], ["sync", "--\u{85}x", "a"],
            ] {
                let result = try await RunningCommand([executable] + words, directory: mirror.archive).result()
                #expect(result.exit != 0 && !result.errors.isEmpty)
                #expect(
                    !result.errors.unicodeScalars.contains {
                        ["\u{1B}", "\u{202E}", "\u{9B}", "\u{85}", "\u{2066}"].contains($0)
                    }
                )
            }
        }
    }
}
