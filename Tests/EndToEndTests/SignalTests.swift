import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Runs that are stopped, killed, or held off by another.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SignalTests {
    private static let bytes = Content.pattern(seed: 9, count: 6 << 20).bytes

    /// A mirror whose one product stalls after 2 MB until faults are taken back; over one connection, as parts may be smaller.
    private func withStalledProduct(_ body: (MirrorFixture) async throws -> Void) async throws {
        try await withProduct(Self.bytes, faults: [Fault(.object, effect: .stall(after: 2_000_000))], body)
    }

    /// Of the bytes before the stall.
    private static let wholeChunks = Int64(2_000_000 / StagedFile.chunkSize * StagedFile.chunkSize)

    private func expectFinished(_ mirror: MirrorFixture, resumed: Bool) async throws {
        mirror.simulator.faults.removeAll()
        let path = "\(mirror.archive)/finished.json"
        let result = try await mirror.run("sync", ["--report", path])
        #expect(result.exit == 0, "\(result.errors)")
        #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
        let report = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: path)))
        if resumed { #expect(report.bytesResumed == Self.wholeChunks, "\(report)") }
    }

    @Test(arguments: [(SIGINT, RunStatus.interrupted), (SIGTERM, .terminated), (SIGHUP, .hungUp)])
    func `a signal stops the run within 2 s, and the next one goes on from there`(
        signal: Int32,
        status: RunStatus
    ) async throws {
        try await self.withStalledProduct { mirror in
            let command = try await mirror.withStaged(Self.wholeChunks) {
                try mirror.start("sync", ["--connections", "1"])
            }
            let sent = ContinuousClock.now
            command.signal(signal)
            let result = await command.result()
            #expect(sent.duration(to: .now) < .seconds(2))
            #expect(result.exit == status.rawValue, "\(result.errors)")
            #expect(result.output.contains("1 left for the next run"), "\(result.output)")
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
            try await self.expectFinished(mirror, resumed: true)
        }
    }

    @Test func `who was told to outlive its terminal does`() async throws {
        try await self.withStalledProduct { mirror in
            let command = try mirror.start(prefix: ["bash", "-c", "trap '' HUP; exec \"$@\"", "bash"])
            await mirror.simulator.faults.waitUntilStalled()
            command.signal(SIGHUP)
            mirror.simulator.faults.letGo()
            #expect(await command.result().exit == 0)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
        }
    }

    @Test func `a signal also stops a run that waits for HyP3`() async throws {
        try await withMirror(faults: [Fault(.api, effect: .stall(after: 0))]) { mirror in
            let command = try mirror.start()
            await mirror.simulator.faults.waitUntilStalled()
            let sent = ContinuousClock.now
            command.signal(SIGTERM)
            #expect(await command.result().exit == RunStatus.terminated.rawValue)
            #expect(sent.duration(to: .now) < .seconds(2))
        }
    }

    @Test(.enabled(if: Mounts.isAllowed, "only root may have a name server of its own"))
    func `a signal also stops a run that waits for a name server`() async throws {
        try await withMirror { mirror in
            try #require(mkfifo("\(mirror.archive)/asked", 0o600) == 0)
            // In a network of its own, with a name server that tells of the first question and answers none.
            let script = """
                mkfifo ready; echo "nameserver 127.0.0.1" > resolv.conf; mount --bind resolv.conf /etc/resolv.conf
                setpriv --pdeathsig KILL python3 -c '
                import fcntl, os, socket, struct
                server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                fcntl.ioctl(server, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
                server.bind(("127.0.0.1", 53))
                os.write(3, b"ready\\n")
                os.close(3)
                server.recv(512)
                open("asked", "w").write("asked\\n")
                while True: server.recv(512)
                ' 3> ready &
                read line < ready
                exec "$@"
                """
            let command = try mirror.start(
                "sync",
                ["--host", "https://hyp3.example.org"],
                prefix: ["unshare", "--net"] + Mounts.words + [script, "bash"]
            )
            let words = ["timeout", "60", "bash", "-c", "read word < asked"]
            let question = await (try RunningCommand(words, directory: mirror.archive)).result()
            #expect(question.exit == 0, "the name server was not asked within a minute")
            let sent = ContinuousClock.now
            command.signal(SIGTERM)
            let result = await command.result()
            #expect(result.exit == RunStatus.terminated.rawValue, "\(result.errors)")
            #expect(sent.duration(to: .now) < .seconds(2))
        }
    }

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"))
    func `a second signal ends the run at once, even while the disk holds it up`() async throws {
        try await self.withStalledProduct { mirror in
            // Every flush takes 8 s; -D keeps the executable our own child.
            let slowDisk = Tracing.words(
                ["trace=fdatasync,fsync", "inject=fdatasync,fsync:delay_enter=8s"],
                log: "\(mirror.archive)/trace.txt",
                isDetached: true
            )
            let command = try mirror.start("sync", ["--connections", "1"], prefix: slowDisk)
            await mirror.simulator.faults.waitUntilStalled()
            command.signal(SIGTERM)
            try await mirror.simulator.requests.wait { requests in
                requests.contains { $0.host.hasSuffix(".s3.localhost") && $0.isFinished }
            }
            command.signal(SIGINT)
            let result = await command.result()
            // Not 143, which an orderly end after the flush has. The time tells nothing: strace may hold on to a thread that
            // has been killed until its delay is over.
            #expect(result.exit == RunStatus.interrupted.rawValue, "\(result.errors)")
            try await self.expectFinished(mirror, resumed: false)
        }
    }

    @Test func `locks can be kept away from the archive`() async throws {
        try await self.withStalledProduct { mirror in
            let locks = "\(mirror.archive)/locks"
            let first = try mirror.start("sync", ["--connections", "1", "--lock-dir", locks])
            await mirror.simulator.faults.waitUntilStalled()
            #expect(try await mirror.run("sync", ["--lock-dir", locks]).exit == RunStatus.again.rawValue)
            #expect(FileManager.default.fileExists(atPath: "\(locks)/\(MirrorFixture.project)-lock"))
            #expect(!FileManager.default.fileExists(atPath: mirror.state.wholeLock))
            first.signal(SIGKILL)
            _ = await first.result()
            try await self.expectFinished(mirror, resumed: false)
        }
    }

    @Test func `a second run ends at once and names the first, whose death sets the lock free`() async throws {
        try await self.withStalledProduct { mirror in
            let first = try mirror.start("sync", ["--connections", "1"])
            await mirror.simulator.faults.waitUntilStalled()
            let second = try await mirror.run()
            #expect(second.exit == RunStatus.again.rawValue)
            #expect(second.sentence?.contains("process \(first.process) on ") == true, "\(second.errors)")
            let plan = try await mirror.run("plan")
            #expect(plan.exit == 0, "plan changes nothing and needs no lock: \(plan.errors)")
            first.signal(SIGKILL)
            #expect(await first.result().exit == 128 + SIGKILL)
            try await self.expectFinished(mirror, resumed: true)
        }
    }

    @Test func `when --max-runtime is over with work left, the run ends with 75`() async throws {
        try await self.withStalledProduct { mirror in
            let report = "\(mirror.archive)/report.json"
            let result = try await mirror.run(
                "sync",
                ["--connections", "1", "--max-runtime", "1s", "--report", report]
            )
            #expect(result.exit == RunStatus.again.rawValue, "\(result.errors)")
            #expect(result.duration >= .seconds(1) && result.duration < .seconds(10))
            let read = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: report)))
            #expect(read.exitCode == .again && read.left == 1 && read.stopped != nil)
            try await self.expectFinished(mirror, resumed: true)
        }
    }
}
