import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// Things in the archive, and names from the service, that are not what a run hopes for.
@Suite(.timeLimit(.minutes(5))) struct ArchiveTroubleTests {
    private static let bytes = Content.pattern(seed: 1, count: 3_000_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    private func withProduct(faults: [Fault] = [], _ body: (MirrorFixture) async throws -> Void) async throws {
        try await withMirror(faults: faults) { mirror in
            try mirror.addJob()
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            try FileManager.default.createDirectory(atPath: mirror.root, withIntermediateDirectories: true)
            try await body(mirror)
        }
    }

    /// Runs a sync in whose midst, with 1 MB staged, `change` happens.
    private func sync(_ mirror: MirrorFixture, changing change: () throws -> Void) async throws -> RunReport {
        async let report = mirror.sync([.connections: ["1"]])
        await mirror.simulator.faults.waitUntilStalled()
        try change()
        mirror.simulator.faults.removeAll()
        mirror.simulator.faults.releaseStalls()
        return try await report
    }

    private static let stall = [Fault(.object, effect: .stall(after: 1_000_000))]

    @Test func `a directory removed under the run ends it with 74, and the next one finishes`() async throws {
        try await self.withProduct(faults: Self.stall) { mirror in
            let report = try await self.sync(mirror) { try FileManager.default.removeItem(atPath: mirror.root) }
            #expect(report.exitCode == .storage && report.stopped?.isEmpty == false, "\(report.rows)")
            #expect(try await mirror.sync().exitCode == .ok)
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test func `a file that appears under the final name meanwhile is never overwritten`() async throws {
        try await self.withProduct(faults: Self.stall) { mirror in
            let report = try await self.sync(mirror) {
                try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(mirror.root)/\(Self.file)"))
            }
            #expect(report.exitCode == .incomplete && report.rows.count == 1, "\(report.rows)")
            #expect(report.rows.first?.reason.contains("File exists") == true, "\(report.rows)")
            #expect(mirror.bytes(Self.file) == [1, 2, 3])
            #expect(try await mirror.sync().count(.present) == 1)
            #expect(mirror.bytes(Self.file) == [1, 2, 3])
        }
    }

    @Test(arguments: ["directory", "link", "dangling link"])
    func `a name taken by something else is a row, and what is there stays`(what: String) async throws {
        try await self.withProduct { mirror in
            let (path, other) = ("\(mirror.root)/\(Self.file)", "\(mirror.archive)/other")
            let manager = FileManager.default
            if what == "directory" {
                try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
            } else {
                if what == "link" { try Data([7]).write(to: URL(fileURLWithPath: other)) }
                try manager.createSymbolicLink(atPath: path, withDestinationPath: other)
            }
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete && report.rows.map(\.outcome) == ["unsafe-name"], "\(report.rows)")
            #expect(manager.contents(atPath: other) == (what == "link" ? Data([7]) : nil))
            let type = try manager.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            #expect(type == (what == "directory" ? .typeDirectory : .typeSymbolicLink))
        }
    }

    @Test func `a link to a directory is not followed`() async throws {
        try await self.withProduct { mirror in
            try FileManager.default.createDirectory(
                atPath: "\(mirror.archive)/elsewhere",
                withIntermediateDirectories: false
            )
            try Data([7]).write(to: URL(fileURLWithPath: "\(mirror.archive)/elsewhere/\(Self.file)"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(mirror.root)/2023",
                withDestinationPath: "\(mirror.archive)/elsewhere"
            )
            let report = try await mirror.sync()
            #expect(report.archived == 1 && mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test func `a directory that cannot be read is told`() async throws {
        try await self.withProduct { mirror in
            let path = "\(mirror.root)/2023"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
            // Root reads everything unless it gives the right to do so away.
            let prefix = geteuid() == 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
            let result = try await mirror.run("sync", ["--report", "\(mirror.archive)/report.json"], prefix: prefix)
            #expect(result.exit == 0 && result.errors.contains("directory=2023"), "\(result.errors)")
            let report = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: "\(mirror.archive)/report.json")))
            #expect(report.warnings.contains { $0.contains("cannot read 2023 ") }, "\(report.warnings)")
        }
    }

    @Test(arguments: [
        "../evil.zip", "../../evil.zip", "/tmp/hyp3-mirror-evil.zip", "", "a/b.zip", "..zip", "new\\nline.zip",
        "nul\\u0000byte.zip", String(repeating: "a", count: 300) + ".zip", "bell\\u0007.zip",
    ])
    func `a name that must not become a path is a row and never a file`(name: String) async throws {
        try await withMirror { mirror in
            let url = mirror.simulator.catalogue.url(MirrorFixture.key(".zip"))
            try mirror.addJob(#"{"files": [{"filename": "\#(name)", "size": 1, "url": "\#(url)"}]}"#)
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(Self.bytes))
            let report = try await mirror.sync()
            #expect(report.exitCode == .incomplete, "\(report.products)")
            #expect(report.rows.map(\.outcome) == ["unsafe-name"] || report.unreadableJobs == 1, "\(report.rows)")
            #expect(report.rows.allSatisfy { !$0.reason.isEmpty })
            #expect(mirror.productRequests.isEmpty)
            #expect(try mirror.files().allSatisfy { $0 == "SHA256SUMS" })
            #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.archive).allSatisfy { $0 == "floods" })
            #expect(!FileManager.default.fileExists(atPath: "/tmp/hyp3-mirror-evil_x.bin"))
        }
    }
}
