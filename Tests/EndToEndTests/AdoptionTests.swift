import Foundation
import HyP3Simulator
import Testing

@testable import HyP3Mirror

/// Files that were there before this program are taken in, if they are what HyP3 has, or at least whole.
@Suite(.timeLimit(.minutes(5))) struct AdoptionTests {
    /// An archive as a notebook leaves it: products, and no record of any.
    private static func withNotebook(_ body: (MirrorFixture) async throws -> Void) async throws {
        try await VerifyTests.withArchive { mirror in
            try FileManager.default.removeItem(atPath: mirror.state.state)
            try FileManager.default.removeItem(atPath: "\(mirror.root)/SHA256SUMS")
            try await body(mirror)
        }
    }

    private static func adopt(_ mirror: MirrorFixture, _ options: [String] = []) async throws -> VerifyTests.Run {
        try await VerifyTests.verify(mirror, ["--adopt"] + options, environment: mirror.tokenEnvironment)
    }

    private static func entries(_ mirror: MirrorFixture) throws -> [ManifestEntry] {
        let text = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
        return text.split(separator: "\n").compactMap { ManifestEntry(line: $0.utf8) }
    }

    @Test func `what HyP3 still has is held against it, and a half file is named`() async throws {
        try await Self.withNotebook { mirror in
            let half = try VerifyTests.file(mirror, "_VV.tif")
            let other = try VerifyTests.file(mirror, ".zip")
            try #require(truncate(half.path, 30_000) == 0)
            try VerifyTests.rot(other.path)
            let before = try VerifyTests.tree(mirror)

            let seen = try await VerifyTests.verify(mirror)
            #expect(seen.result.exit == 0 && seen.report.unknown == before.count && seen.report.files == 0)
            #expect(Set(seen.findings.values) == ["unknown"], "\(seen.result.output)")

            let run = try await Self.adopt(mirror)
            #expect(run.result.exit == 65, "\(run.result.output)\(run.result.errors)")
            #expect(run.findings == [half.name: "half", other.name: "other"], "\(run.result.output)")
            #expect(run.lines("half").first?.contains("it holds 30000 bytes of the ") == true, "\(run.result.output)")
            #expect(run.report.adopted == before.count - 2 && run.report.broken == 2 && run.report.unknown == 0)
            #expect(try VerifyTests.tree(mirror) == before)
            let entries = try Self.entries(mirror)
            #expect(entries.count == before.count - 2)
            #expect(
                entries.allSatisfy { $0.etag != nil && !$0.jobID.isEmpty && $0.check.contains("etag") },
                "\(entries)"
            )
            try await VerifyTests.expectSumsPass(mirror)

            let mended = try await Self.adopt(mirror, ["--repair"])
            #expect(mended.result.exit == 0, "\(mended.result.output)\(mended.result.errors)")
            #expect(mended.report.broken == 2 && mended.report.healed == 2 && mended.report.quarantined == 2)
            #expect(mirror.bytes(".hyp3-mirror/quarantine/\(half.name)")?.count == 30_000)
            try await VerifyTests.expectSumsPass(mirror)
            let last = try await VerifyTests.verify(mirror)
            #expect(last.result.exit == 0 && last.report.checked == before.count && last.report.rows.isEmpty)
            #expect(try await mirror.sync(suffixes: VerifyTests.suffixes).archived == 0)
        }
    }

    @Test func `what HyP3 has no more is taken in by its structure, and the manifest says so`() async throws {
        try await Self.withNotebook { mirror in
            let gone = try VerifyTests.file(mirror, "_VV.tif", 1)
            let half = try VerifyTests.file(mirror, ".nc")
            try #require(truncate(half.path, 3000) == 0)
            for file in [gone, half] {
                for key in mirror.simulator.catalogue.keys().filter({ $0.hasSuffix(file.name) }) {
                    mirror.simulator.catalogue.removeObject(key)
                }
            }
            let foreign = "S1A_IW_20200101T000000_DVP_RTC30_G_gpuned_ABCD_VV.tif"
            try FileManager.default.copyItem(atPath: gone.path, toPath: "\(mirror.root)/\(foreign)")
            let run = try await Self.adopt(mirror)
            #expect(run.result.exit == 65 && run.findings == [half.name: "half"], "\(run.result.output)")
            let entries = try Self.entries(mirror)
            let byStructure = Set(entries.filter { $0.check == "structure" }.map(\.path))
            #expect(byStructure == [gone.name, foreign], "\(byStructure)")
            #expect(entries.first { $0.path == foreign }?.jobID == "")
            try VerifyTests.rot("\(mirror.root)/\(foreign)")
            let repaired = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(repaired.result.exit == 65, "\(repaired.result.output)")
            #expect(repaired.lines("rot").first?.contains("nobody knows where HyP3 had it") == true)
        }
    }

    @Test func `without credentials nothing is adopted, and that is told`() async throws {
        try await Self.withNotebook { mirror in
            let before = try VerifyTests.tree(mirror)
            let run = try await VerifyTests.verify(mirror, ["--adopt"])
            #expect(run.result.exit == 77 && run.report.adopted == 0, "\(run.result.errors)")
            #expect(try VerifyTests.tree(mirror) == before)
        }
    }

    @Test func `nothing is taken in while its host does not answer`() async throws {
        try await Self.withNotebook { mirror in
            mirror.simulator.faults.add(Fault(.object, effect: .status(code: 500)))
            let run = try await Self.adopt(mirror)
            #expect(
                run.report.adopted == 0 && run.report.broken == 0 && run.report.unknown > 20,
                "\(run.result.output)"
            )
            #expect(run.lines("unknown").allSatisfy { $0.contains("not compared with HyP3's this time") })
        }
    }
}
