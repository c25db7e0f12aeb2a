import Foundation
import HyP3Mirror
import HyP3Simulator
import Logging
import Testing

/// What the system allows a process, and a run in which nothing moves.
@Suite(.timeLimit(.minutes(5))) struct LimitTests {
    /// Both limits, so that the soft one cannot be raised.
    @Test(arguments: [["-Hn", "64"], ["-Hn", "100"], ["-Sn", "40"]])
    func `few open files mean few at once, and all the products`(limit: [String]) async throws {
        try await withMirror { mirror in
            let suffixes = (0..<80).map { "_p\($0).bin" }
            try mirror.addJob()
            for suffix in suffixes {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(Array(suffix.utf8)))
            }
            let shell = "ulimit -Sn \(limit[1]); ulimit \(limit[0]) \(limit[1]); exec \"$@\""
            let result = try await mirror.run(
                "sync",
                ["--connections", "64"],
                suffixes: suffixes,
                prefix: ["bash", "-c", shell, "bash"]
            )
            #expect(result.exit == 0, "\(result.errors.suffix(2000))")
            #expect(try mirror.files().count == 81)
        }
    }

    @Test func `threads that are refused are told, and never waited for`() async throws {
        try await withMirror { mirror in
            let result = try await mirror.run(prefix: ["bash", "-c", "ulimit -v 60000; exec \"$@\"", "bash"])
            // The loader itself may lack the room; what counts is that the process ends.
            #expect(result.exit != 0 && result.duration < .seconds(30), "\(result.errors)")
        }
    }

    @Test func `a run in which nothing moves ends by itself, with what it waited for`() async throws {
        try await withProduct([UInt8](repeating: 7, count: 100_000)) { mirror in
            mirror.simulator.faults.add(Fault(.object, "*_x.bin", effect: .stall(after: 1000)))
            var patience = ServiceSession.Patience()
            patience.standstill = .seconds(2)
            let (stop, settings) = (RunStop(), try mirror.settings())
            let environment = mirror.tokenEnvironment
            let task = Task {
                let run = OneProject(
                    settings,
                    environment: environment,
                    logger: .init(label: "test"),
                    patience: patience
                )
                return try await run.sync(stop: stop, traffic: Traffic()) { _ in }.written
            }
            stop.onRequest { task.cancel() }
            let report = try await task.value
            #expect(report.exitCode == .unavailable, "\(report)")
            #expect(report.stopped?.contains("nothing has moved for 2 seconds while waiting for") == true, "\(report)")
            let partial = try FileManager.default.contentsOfDirectory(atPath: "\(mirror.root)/.hyp3-mirror/partial")
            #expect(!partial.isEmpty)
            mirror.simulator.faults.removeAll()
            #expect(try await mirror.sync().exitCode == .ok)
        }
    }

    /// In a debug build, which takes more than the 64 MB of a release build; a file that was held as a whole, or a buffer a
    /// product instead of a connection, would take several times as much.
    @Test(.disabled(if: Sanitizer.isOn, "a sanitizer has memory of its own"))
    func `memory does not grow with files and products`() async throws {
        let measured = """
            import resource, subprocess, sys
            status = subprocess.call(sys.argv[1:])
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MiB", file=sys.stderr)
            sys.exit(status)
            """
        try await withMirror { mirror in
            try mirror.addJob()
            let large = Content.pattern(seed: 9, count: 400 << 20)
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_large.bin"), StoredObject(large))
            let suffixes = ["_large.bin"] + (0..<300).map { "_\($0).bin" }
            for suffix in suffixes.dropFirst() {
                let object = StoredObject(Content.pattern(seed: 1, count: 100_000))
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), object)
            }
            let result = try await mirror.run(suffixes: suffixes, prefix: ["python3", "-c", measured])
            #expect(result.exit == 0 && result.output.contains("301 archived"), "\(result.errors)\(result.output)")
            let peak = result.errors.split(separator: "\n").last { $0.hasSuffix(" MiB") }?.dropLast(4)
            #expect(try #require(peak.flatMap { Int($0) }) < 100, "\(result.errors)")
        }
    }

    @Test func `a plan in which nothing moves ends by itself, too`() async throws {
        try await withProduct([1]) { mirror in
            mirror.simulator.faults.add(Fault(.api, effect: .stall(after: 0)))
            let (stop, plan) = (RunStop(), try mirror.mirror(standstill: .seconds(2)))
            let task = Task { try await plan.plan(stop: stop) }
            stop.onRequest { task.cancel() }
            let error = try await #require(throws: Standstill.self) { try await task.value }
            #expect(RunStatus(error) == .unavailable)
            #expect("\(error)".contains("nothing has moved for 2 seconds while waiting for HyP3's list of jobs"))
        }
    }
}
