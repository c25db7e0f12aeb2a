import Foundation
import HyP3Simulator
import Testing

@testable import HyP3Mirror

/// What is damaged is put aside and fetched again, as far as HyP3 still has it.
@Suite(.timeLimit(.minutes(5))) struct RepairTests {
    @Test func `what is damaged is put aside and fetched again`() async throws {
        try await VerifyTests.withArchive { mirror in
            let before = try VerifyTests.tree(mirror)
            let rotten = try VerifyTests.file(mirror, "_VV.tif")
            let cut = try VerifyTests.file(mirror, ".nc")
            let gone = try VerifyTests.file(mirror, ".zip")
            try VerifyTests.rot(rotten.path)
            let bad = mirror.bytes(rotten.name)
            try #require(truncate(cut.path, 1000) == 0)
            try FileManager.default.removeItem(atPath: gone.path)
            let listings = { mirror.simulator.requests.all.count { $0.path == "/jobs" } }
            let listed = listings()
            let run = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(run.result.exit == 0, "\(run.result.output)\(run.result.errors)")
            #expect(run.report.healed == 3 && run.report.quarantined == 2 && run.report.damaged == 0)
            #expect(run.report.rows.count == 3 && run.report.rows.allSatisfy { $0.isHealed == true })
            #expect(
                run.lines("rot").first?.contains("; put aside as .hyp3-mirror/quarantine/\(rotten.name); fetched again")
                    == true
            )
            #expect(try VerifyTests.tree(mirror) == before)
            #expect(mirror.bytes(".hyp3-mirror/quarantine/\(rotten.name)") == bad)
            #expect(mirror.bytes(".hyp3-mirror/quarantine/\(cut.name)")?.count == 1000)
            try await VerifyTests.expectSumsPass(mirror)
            let after = try await VerifyTests.verify(mirror)
            #expect(after.result.exit == 0 && after.report.rows.isEmpty, "\(after.result.output)")
            #expect(listings() == listed, "no login is needed")
        }
    }

    @Test(arguments: [false, true])
    func `what HyP3 has no more is told as such, and kept aside`(isExpired: Bool) async throws {
        try await VerifyTests.withArchive { mirror in
            let rotten = try VerifyTests.file(mirror, "_VV.tif")
            let other = try VerifyTests.file(mirror, ".nc")
            try VerifyTests.rot(rotten.path)
            try VerifyTests.rot(other.path)
            let bad = mirror.bytes(rotten.name)
            let keys = mirror.simulator.catalogue.keys().filter { $0.hasSuffix(rotten.name) }
            try #require(keys.count == 1)
            mirror.simulator.catalogue.removeObject(keys[0])
            if isExpired {
                let manifest = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
                let expired = manifest.replacing(#/"expires":"[^"]*"/#, with: #""expires":"2026-01-01T00:00:00Z""#)
                try Data(expired.utf8).write(to: URL(fileURLWithPath: mirror.state.manifest))
            }
            let words = isExpired ? "HyP3 has it no more: " : "HyP3 does not give it: "
            let run = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(run.result.exit == 65, "\(run.result.output)\(run.result.errors)")
            #expect(run.report.healed == 1 && run.report.quarantined == 2 && run.report.damaged == 1)
            #expect(run.lines("rot").contains { $0.contains(rotten.name) && $0.contains(words) })
            #expect(mirror.bytes(".hyp3-mirror/quarantine/\(rotten.name)") == bad && mirror.bytes(rotten.name) == nil)
            try await VerifyTests.expectSumsPass(mirror)
            let after = try await VerifyTests.verify(mirror)
            #expect(after.result.exit == 65 && after.findings == [rotten.name: "missing"], "\(after.result.output)")
        }
    }

    @Test func `an edited file is put aside only where HyP3 has another`() async throws {
        try await VerifyTests.withArchive { mirror in
            let alone = try VerifyTests.file(mirror, "_VV.tif")
            let other = try VerifyTests.file(mirror, "_WM.tif")
            for file in [alone, other] {
                var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.path)))
                bytes.append(1)
                try Data(bytes).write(to: URL(fileURLWithPath: file.path))
            }
            let edited = mirror.bytes(alone.name)
            for key in mirror.simulator.catalogue.keys().filter({ $0.hasSuffix(alone.name) }) {
                mirror.simulator.catalogue.removeObject(key)
            }
            let run = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(run.result.exit == 65, "\(run.result.output)\(run.result.errors)")
            #expect(run.report.healed == 1 && run.report.quarantined == 1 && run.report.damaged == 1)
            let told = run.lines("edited").filter { $0.contains(alone.name) }
            let words = "left where it is, as it may be the only copy: HyP3 does not give it any more"
            #expect(told.count == 1 && told[0].contains(words), "\(told)")
            #expect(mirror.bytes(alone.name) == edited)
            #expect(mirror.bytes(".hyp3-mirror/quarantine/\(other.name)") != nil)
            // Where nobody answers, nothing is known.
            mirror.simulator.faults.add(Fault(.object, effect: .status(code: 500)))
            let deaf = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(deaf.result.exit == 65 && deaf.report.quarantined == 0, "\(deaf.result.output)")
            #expect(deaf.lines("edited").first?.contains("whether HyP3 still has it is not known") == true)
            #expect(mirror.bytes(alone.name) == edited)
        }
    }

    @Test func `other bytes than were archived are told as such`() async throws {
        try await VerifyTests.withArchive { mirror in
            let rotten = try VerifyTests.file(mirror, "_VV.tif")
            let other = try VerifyTests.file(mirror, "_VV.tif", 1)
            try VerifyTests.rot(rotten.path)
            func key(_ name: String) throws -> String {
                try #require(mirror.simulator.catalogue.keys().first { $0.hasSuffix(name) })
            }
            let object = try #require(mirror.simulator.catalogue.object(try key(other.name)))
            mirror.simulator.catalogue.putObject(try key(rotten.name), object)
            let run = try await VerifyTests.verify(mirror, ["--repair"])
            #expect(run.result.exit == 0, "\(run.result.output)\(run.result.errors)")
            #expect(
                run.lines("rot").first?.contains("fetched again; HyP3 has other bytes than were archived") == true,
                "\(run.result.output)"
            )
        }
    }
}
