import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What the archive's own records say: of files that were moved, deleted, or are not what was archived.
@Suite(.timeLimit(.minutes(5))) struct RecordTests {
    private static let bytes = Content.pattern(seed: 9, count: 300_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"
    private static let suffixes = ["_x.bin", "_y.bin"]

    /// Two products of the one job, archived.
    private func withArchive(_ body: (MirrorFixture) async throws -> Void) async throws {
        try await withMirror { mirror in
            try mirror.addJob(Self.recent)
            for suffix in Self.suffixes {
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(Self.bytes))
            }
            mirror.simulator.catalogue.putObject(MirrorFixture.key(".zip"), StoredObject([0]))
            let report = try await mirror.sync(suffixes: Self.suffixes)
            #expect(report.archived == 2 && report.unproven == 0, "\(report.rows)")
            mirror.simulator.requests.clear()
            try await body(mirror)
        }
    }

    private static var recent: String {
        #"{"request_time": "\#(CivilTime(Date.now - 3 * 86400).text)"}"#
    }

    private static func expired(_ days: Double) -> String {
        #"{"expiration_time": "\#(CivilTime(Date.now - days * 86400).text)"}"#
    }

    private func move(_ mirror: MirrorFixture, _ file: String, to directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(mirror.root)/\(directory)",
            withIntermediateDirectories: true
        )
        try FileManager.default.moveItem(
            atPath: "\(mirror.root)/\(file)",
            toPath: "\(mirror.root)/\(directory)/\(SystemCalls.name(of: file))"
        )
    }

    private func expectSumsPass(_ mirror: MirrorFixture) async throws {
        let sums = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
        let result = try await RunningCommand(sums, directory: mirror.root).result()
        #expect(result.exit == 0, "\(result.output)\(result.errors)")
    }

    private func manifest(_ mirror: MirrorFixture) throws -> [ManifestEntry] {
        let text = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
        return text.split(separator: "\n").compactMap { ManifestEntry(line: $0.utf8) }
    }

    @Test func `products sorted into directories take their records along, and back`() async throws {
        try await self.withArchive { mirror in
            let other = "\(mirror.root)/notes.txt"
            try Data("mine".utf8).write(to: URL(filePath: other))
            for place in ["2026/11", "by kind/x"] {
                let from = try self.manifest(mirror).last { $0.path.hasSuffix("_x.bin") }?.path
                try self.move(mirror, try #require(from), to: place)
                let planned = try await mirror.run("plan", suffixes: Self.suffixes)
                #expect(planned.exit == 0 && planned.output.contains("2 present"), "\(planned.output)")
                let report = try await mirror.sync(suffixes: Self.suffixes)
                #expect(report.exitCode == .ok && report.count(.present) == 2 && report.rows.isEmpty, "\(report.rows)")
                try await self.expectSumsPass(mirror)
                #expect(try self.manifest(mirror).last?.path == "\(place)/\(Self.file)")
            }
            let lines = try self.manifest(mirror).count
            #expect(try await mirror.sync(suffixes: Self.suffixes).exitCode == .ok)
            #expect(try self.manifest(mirror).count == lines)
            #expect(mirror.productRequests.isEmpty)
        }
    }

    @Test func `what was archived and deleted by hand is missing, told once, and never lost`() async throws {
        try await self.withArchive { mirror in
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.file)")
            try mirror.simulator.catalogue.updateJob(MirrorFixture.jobID, Self.expired(1))
            let first = try await mirror.sync(suffixes: Self.suffixes)
            #expect(first.exitCode == .incomplete && first.newlyMissing == 1 && first.newlyLost == 0, "\(first)")
            let day = CivilTime(Date.now).dayText
            #expect(first.rows.map(\.outcome) == ["missing"])
            #expect(
                first.rows.first?.reason.contains("was archived on \(day), and is no longer") == true,
                "\(first.rows)"
            )
            let planned = try await mirror.run("plan", ["--format", "json"], suffixes: Self.suffixes)
            #expect(planned.output.contains(#""state":"missing","reason":"was archived on \#(day), and"#))
            let second = try await mirror.sync(suffixes: Self.suffixes)
            #expect(second.exitCode == .ok && second.count(.missing) == 1 && second.rows.isEmpty, "\(second)")
        }
    }

    @Test func `a product is missing, not lost, also by the manifest alone`() async throws {
        try await self.withArchive { mirror in
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.file)")
            let path = "\(mirror.root)/SHA256SUMS"
            let sums = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let kept = sums.filter { !$0.hasSuffix(Self.file) }.joined(separator: "\n") + "\n"
            try Data(kept.utf8).write(to: URL(filePath: path))
            // Later than the last complete run: without a record it would be lost.
            try mirror.simulator.catalogue.updateJob(
                MirrorFixture.jobID,
                #"{"expiration_time": "\#(CivilTime(Date.now + 1).text)"}"#
            )
            let deadline = ContinuousClock.now + .seconds(30)
            var report = try await mirror.sync(suffixes: ["_y.bin"])
            repeat {
                try mirror.simulator.catalogue.updateJob(
                    MirrorFixture.jobID,
                    #"{"expiration_time": "\#(CivilTime(Date.now).text)"}"#
                )
                report = try await mirror.sync(suffixes: Self.suffixes)
            } while report.count(.missing) == 0 && report.count(.lost) == 0 && ContinuousClock.now < deadline
            #expect(report.count(.missing) == 1 && report.newlyLost == 0, "\(report)")
        }
    }

    @Test func `what HyP3 still has is fetched again, and its line is the new one`() async throws {
        try await self.withArchive { mirror in
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(Self.file)")
            let report = try await mirror.sync(suffixes: Self.suffixes)
            #expect(report.exitCode == .ok && report.archived == 1)
            try await self.expectSumsPass(mirror)
        }
    }

    @Test(arguments: [0, 100, 299_999, 300_001])
    func `a file that is not as long as what was archived is told with a cure, and never touched`(
        length: Int
    ) async throws {
        try await self.withArchive { mirror in
            let broken = [UInt8](repeating: 7, count: length)
            try Data(broken).write(to: URL(filePath: "\(mirror.root)/\(Self.file)"))
            for _ in 0..<2 {
                let report = try await mirror.sync(suffixes: Self.suffixes)
                #expect(report.exitCode == .incomplete && report.broken == 1, "\(report)")
                #expect(report.rows.map(\.outcome) == ["broken"] && report.rows.map(\.path) == [Self.file])
                #expect(report.rows.first?.reason.contains("300000 were archived; move it away") == true)
                #expect(mirror.bytes(Self.file) == broken && mirror.productRequests.isEmpty)
            }
            try self.move(mirror, Self.file, to: ".hyp3-mirror/aside")
            let mended = try await mirror.sync(suffixes: Self.suffixes)
            #expect(mended.exitCode == .ok && mended.archived == 1)
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(arguments: [nil, 0, 40])
    func `a list that was lost, or cut, is made whole from the manifest`(length: Int?) async throws {
        try await self.withArchive { mirror in
            let list = "\(mirror.root)/SHA256SUMS"
            let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").sorted()
            if let length {
                try Data(mirror.bytes("SHA256SUMS")?.prefix(length) ?? []).write(to: URL(filePath: list))
            } else {
                try FileManager.default.removeItem(atPath: list)
            }
            let report = try await mirror.sync(suffixes: Self.suffixes)
            #expect(report.exitCode == .ok && report.unproven == 0, "\(report.summary)")
            try await self.expectSumsPass(mirror)
            let after = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").sorted()
            #expect(after == lines)
            #expect(mirror.productRequests.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `of a file that no manifest knows the bucket tells the length, where it lists`(lists: Bool) async throws {
        try await withMirror { mirror in
            try mirror.addJob(Self.recent)
            mirror.simulator.catalogue.allowListing(lists)
            for suffix in Self.suffixes + [".zip"] {
                let object = StoredObject(suffix == ".zip" ? [0] : Self.bytes)
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), object)
            }
            // A notebook's half file, its whole one, and half a zip of which HyP3 says how long it is.
            try FileManager.default.createDirectory(atPath: "\(mirror.root)/old", withIntermediateDirectories: true)
            let half = Data(Self.bytes.prefix(1000))
            try half.write(to: URL(filePath: "\(mirror.root)/old/\(Self.file)"))
            try Data(Self.bytes).write(to: URL(filePath: "\(mirror.root)/\(MirrorFixture.stem)_y.bin"))
            try Data().write(to: URL(filePath: "\(mirror.root)/\(MirrorFixture.stem).zip"))
            let report = try await mirror.sync(suffixes: Self.suffixes + [".zip"])
            let told = ["\(MirrorFixture.stem).zip"] + (lists ? ["old/\(Self.file)"] : [])
            #expect(report.exitCode == .incomplete && report.rows.map(\.path).sorted() == told, "\(report.rows)")
            #expect(report.unproven == 3 && report.summary.contains("3 unproven"), "\(report.summary)")
            #expect(mirror.bytes("old/\(Self.file)") == [UInt8](half))
        }
    }
}
