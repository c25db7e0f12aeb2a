import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What a run that was stopped leaves to the next.
@Suite(.timeLimit(.minutes(5))) struct ResumeTests {
    private static let size = 24 << 20
    private static let bytes = Content.pattern(seed: 5, count: size).bytes

    /// Stops a sync once its connections have staged all the whole chunks that came before each of them stalled.
    private func stopped(
        _ mirror: MirrorFixture,
        connections: Int,
        shard: Shard? = nil
    ) async throws -> RunReport {
        let stop = RunStop()
        var flags: [String: [String]] = ["connections": ["\(connections)"]]
        if let shard { flags["shard"] = ["\(shard)"] }
        let task = try await mirror.withStaged(Self.staged * Int64(connections), shard: shard) {
            Task { [flags] in try await mirror.sync(flags, stop: stop) }
        }
        stop.request(.signal(2))
        task.cancel()
        return try await task.value
    }

    private static let stallAfter = 1_500_000
    /// Bytes in whole chunks before that.
    private static let staged = Int64(stallAfter / StagedFile.chunkSize * StagedFile.chunkSize)

    /// The first requests bring some bytes and then nothing more; later ones are served.
    private static func stalling(_ connections: Int) -> [Fault] {
        [Fault(.object, first: connections, effect: .stall(after: self.stallAfter))]
    }

    @Test(arguments: [1, 4])
    func `a stopped download goes on where it was, over any number of connections`(connections: Int) async throws {
        try await withMirror(faults: Self.stalling(connections)) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let first = try await self.stopped(mirror, connections: connections)
            #expect(first.exitCode == .interrupted && first.left == 1)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
            let report = try await mirror.sync(["connections": ["\(connections)"]])
            #expect(report.exitCode == .ok)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            #expect(report.bytesFetched + report.bytesResumed == Int64(Self.size))
            #expect(report.bytesResumed == Self.staged * Int64(connections))
        }
    }

    @Test func `large products use the free connections, each byte once`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 8_000_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync(["connections": ["6"]])
            #expect(report.exitCode == .ok)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            #expect(report.bytesFetched == Int64(Self.size))
            #expect(Set(mirror.productRequests.map(\.connection)).count > 1)
        }
    }

    @Test func `staged bytes of a product that was archived meanwhile are cleared away`() async throws {
        try await withMirror(faults: Self.stalling(1)) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            _ = try await self.stopped(mirror, connections: 1)
            try Data(Self.bytes).write(to: URL(filePath: "\(mirror.root)/\(MirrorFixture.stem)_x.bin"))
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_y.bin"), StoredObject([1, 2, 3]))
            let report = try await mirror.sync(suffixes: ["_x.bin", "_y.bin"])
            #expect(report.exitCode == .ok)
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.state.staging).isEmpty)
        }
    }

    @Test func `a kill in the midst of 16 parts costs less than 1 MiB a connection`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 1_000_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let command = try await mirror.withStaged(10 << 20) { try mirror.start("sync", ["--connections", "16"]) }
            command.signal(SIGKILL)
            #expect(await command.result().exit == 128 + SIGKILL)
            let connections = Set(mirror.productRequests.map(\.connection)).count
            // One that broke off is replaced.
            #expect((16...18).contains(connections), "\(connections) connections")
            let before = mirror.productRequests.count
            let result = try await mirror.run("sync", ["--connections", "16"])
            #expect(result.exit == 0, "\(result.errors)")
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            let sent = mirror.productRequests.reduce(0) { $0 + Int($1.bodyBytes) }
            let again = Set(mirror.productRequests.dropFirst(before).map(\.connection)).count
            #expect(again > 8, "\(again) connections")
            #expect(sent - Self.size < 16 << 20, "\(sent - Self.size) bytes were fetched twice")
        }
    }

    @Test func `a whole run goes on with what a shard had, and clears up after it`() async throws {
        let shards = try (1...4).map { try Shard("\($0)/4") }
        let shard = try #require(shards.first { $0.contains(jobID: MirrorFixture.jobID) })
        try await withMirror(faults: Self.stalling(1)) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            #expect(try await self.stopped(mirror, connections: 1, shard: shard).left == 1)
            let report = try await mirror.sync()
            #expect(report.exitCode == .ok && report.archived == 1)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            #expect(report.bytesResumed == Self.staged)

            let left = ProjectDirectory(mirror.root, shard: shard).staging
            try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(filePath: "\(left)/\(String(repeating: "0", count: 32))"))
            #expect(try await mirror.sync().archived == 0)
            #expect(!FileManager.default.fileExists(atPath: left))
        }
    }
}
