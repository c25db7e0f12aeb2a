import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Testing

/// What a run that was stopped leaves to the next.
@Suite(.timeLimit(.minutes(5))) struct ResumeTests {
    private static let size = 24 << 20
    private static let bytes = Content.pattern(seed: 5, count: size).bytes

    /// Stops a sync once `received` bytes of products have come.
    private func stopped(_ mirror: MirrorFixture, after received: Int, _ flags: [OptionName: [String]]) async throws -> RunReport {
        let stop = RunStop()
        let task = Task { try await mirror.sync(flags, stop: stop) }
        while mirror.staged() < received { try await Task.sleep(for: .milliseconds(5)) }
        stop.request(.signal(2))
        task.cancel()
        return try await task.value
    }

    @Test(arguments: ["1", "8"])
    func `a stopped download goes on where it was, over any number of connections`(connections: String) async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 8_000_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let first = try await self.stopped(mirror, after: 4 << 20, [.connections: [connections]])
            #expect(first.exitCode == .interrupted && first.left == 1)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == nil)
            let report = try await mirror.sync([.connections: [connections]])
            #expect(report.exitCode == .ok)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            #expect(report.bytesResumed >= 4 << 20)
            let repeated = report.bytesFetched + report.bytesResumed - Int64(Self.size)
            #expect(repeated < (Int64(connections) ?? 1) << 20)
        }
    }

    @Test func `large products use the free connections, each byte once`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 8_000_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync([.connections: ["6"]])
            #expect(report.exitCode == .ok)
            #expect(mirror.bytes(MirrorFixture.stem + "_x.bin") == Self.bytes)
            #expect(report.bytesFetched == Int64(Self.size))
            #expect(Set(mirror.productRequests.map(\.connection)).count > 1)
        }
    }

    @Test func `staged bytes of a product that was archived meanwhile are cleared away`() async throws {
        var configuration = SimulatorConfiguration()
        configuration.bytesPerSecond = 8_000_000
        try await withMirror(configuration) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            _ = try await self.stopped(mirror, after: 2 << 20, [.connections: ["1"]])
            try Data(Self.bytes).write(to: URL(filePath: "\(mirror.root)/\(MirrorFixture.stem)_x.bin"))
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_y.bin"), StoredObject([1, 2, 3]))
            let report = try await mirror.sync(suffixes: ["_x.bin", "_y.bin"])
            #expect(report.exitCode == .ok)
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.state.partial).isEmpty)
        }
    }
}

extension MirrorFixture {
    /// Bytes that staged files claim to hold.
    fileprivate func staged() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.state.partial)) ?? []
        return names.filter { $0.hasSuffix(".resume") }.reduce(0) { sum, name in
            let bytes = (try? Data(contentsOf: URL(filePath: "\(self.state.partial)/\(name)"))) ?? Data()
            guard let line = bytes.split(separator: 10).dropFirst().first else { return sum }
            return sum + line.filter { $0 != UInt8(ascii: ".") }.count * PartialFile.chunkSize
        }
    }
}
