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
        async let report = mirror.sync(["connections": ["1"]])
        await mirror.simulator.faults.waitUntilStalled()
        try change()
        mirror.simulator.faults.letGo()
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

    /// Makes a year's directory elsewhere, perhaps with the product in it, and a link to it that `owner` owns.
    private func moveYear(_ mirror: MirrorFixture, owner: uid_t, holding bytes: [UInt8]?) throws {
        let (elsewhere, link) = ("\(mirror.archive)/elsewhere", "\(mirror.root)/2023")
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
        if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: "\(elsewhere)/\(Self.file)")) }
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: elsewhere)
        #expect(lchown(link, owner, gid_t(bitPattern: -1)) == 0)
    }

    private static let byYear: [String: [String]] = ["layout": ["{year}/{filename}"]]

    @Test func `what lies behind one's own link to a directory is present, and what is new goes there`() async throws {
        try await self.withProduct { mirror in
            try self.moveYear(mirror, owner: geteuid(), holding: Self.bytes)
            #expect(try await mirror.sync(Self.byYear).count(.present) == 1)
            #expect(!mirror.productRequests.contains { $0.target.hasSuffix(Self.file) })
            try FileManager.default.removeItem(atPath: "\(mirror.archive)/elsewhere/\(Self.file)")
            #expect(try await mirror.sync(Self.byYear).exitCode == .ok)
            #expect(
                FileManager.default.contents(atPath: "\(mirror.archive)/elsewhere/\(Self.file)") == Data(Self.bytes)
            )
            #expect(mirror.bytes("SHA256SUMS").map { String(decoding: $0, as: UTF8.self) }?.contains("  2023/") == true)
            #expect(try await mirror.sync(Self.byYear).count(.present) == 1)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives links away"))
    func `what may lie behind another user's link is unknown, and asked for by nobody`() async throws {
        try await self.withProduct { mirror in
            try self.moveYear(mirror, owner: 12345, holding: nil)
            let report = try await mirror.sync(Self.byYear)
            #expect(report.exitCode == .storage && report.count(.unknown) == 1, "\(report.products)")
            #expect(report.warnings.contains { $0.contains("2023 is a symbolic link") }, "\(report.warnings)")
            #expect(mirror.productRequests.isEmpty && report.left == 0)
            // Nothing of the project's is there, so that it concerns nobody.
            #expect(try await mirror.sync().exitCode == .ok)
        }
    }

    /// Root reads everything unless it gives the right to do so away.
    private static let withoutRights =
        geteuid() == 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []

    private func close(_ directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: directory)
    }

    @Test func `a directory that cannot be read ends the run with 74, everything else done first`() async throws {
        try await self.withProduct { mirror in
            try self.close("\(mirror.root)/2023")
            let options = ["--report", "\(mirror.archive)/report.json"]
            let result = try await mirror.run("sync", options, prefix: Self.withoutRights)
            #expect(result.exit == 74 && result.errors.contains("2023 cannot be read"), "\(result.errors)")
            #expect(result.errors.contains("the right to"), "\(result.errors)")
            let report = try RunReport(json: Data(contentsOf: URL(fileURLWithPath: "\(mirror.archive)/report.json")))
            #expect(report.archived == 1 && mirror.bytes(Self.file) == Self.bytes)
            #expect(report.warnings.contains { $0.contains("2023 cannot be read: Permission denied") })
        }
    }

    @Test func `products on record in a directory that cannot be read are unknown, and stay on record`() async throws {
        try await self.withProduct { mirror in
            #expect(try await mirror.sync().exitCode == .ok)
            let (old, new) = ("\(mirror.root)/\(Self.file)", "\(mirror.root)/sorted/\(Self.file)")
            try FileManager.default.createDirectory(
                atPath: "\(mirror.root)/sorted",
                withIntermediateDirectories: false
            )
            try FileManager.default.moveItem(atPath: old, toPath: new)
            #expect(try await mirror.sync().count(.present) == 1)
            let list = mirror.bytes("SHA256SUMS")
            let requests = mirror.productRequests.count
            try self.close("\(mirror.root)/sorted")
            let result = try await mirror.run("sync", prefix: Self.withoutRights)
            #expect(result.exit == 74, "\(result.output)\(result.errors)")
            #expect(mirror.productRequests.count == requests && mirror.bytes("SHA256SUMS") == list)
            let plan = try await mirror.run("plan", ["--format", "json"], prefix: Self.withoutRights)
            #expect(plan.output.contains(#""state":"unknown""#), "\(plan.output)")
            #expect(chmod("\(mirror.root)/sorted", 0o755) == 0)
            #expect(try await mirror.sync().count(.present) == 1)
        }
    }

    @Test func `one directory that cannot be written to is its products' failure and names the cure`() async throws {
        try await withMirror { mirror in
            for year in ["2021", "2022"] { try mirror.addJob(ofYear: year, Self.bytes) }
            let closed = "\(mirror.root)/2021"
            try FileManager.default.createDirectory(atPath: closed, withIntermediateDirectories: true)
            #expect(chmod(closed, 0o555) == 0)
            let result = try await mirror.run(
                "sync",
                prefix: ["env", "HYP3_MIRROR_LAYOUT={year}/{filename}"] + Self.withoutRights
            )
            #expect(result.exit == 1, "\(result.output)\(result.errors)")
            #expect(
                result.errors.contains("\(closed) belongs to") && result.errors.contains("the right to write"),
                "\(result.errors)"
            )
            let manager = FileManager.default
            #expect(try manager.contentsOfDirectory(atPath: "\(mirror.root)/2022").count == 1)
            #expect(try manager.contentsOfDirectory(atPath: closed).isEmpty)
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

    @Test(arguments: ["SHA256SUMS", "manifest.jsonl", "journal.jsonl", "runs.jsonl", "absent.jsonl", "lock", "partial"])
    func `what is planted in place of our own files is told, and nothing is written through it`(
        name: String
    ) async throws {
        try await self.withProduct { mirror in
            let state = "\(mirror.root)/.hyp3-mirror"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let (path, other) = ("\(name == "SHA256SUMS" ? mirror.root : state)/\(name)", "\(mirror.archive)/other")
            for kind in ["link", "pipe", "hard link"] where name != "partial" || kind == "link" {
                if name == "partial" {
                    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
                } else {
                    try Data("theirs".utf8).write(to: URL(fileURLWithPath: other))
                }
                switch kind {
                case "link": #expect(symlink(other, path) == 0)
                case "pipe": #expect(mkfifo(path, 0o666) == 0)
                default: #expect(link(other, path) == 0)
                }
                let result = try await mirror.run()
                #expect(result.exit == 74 && result.errors.contains(path), "\(kind): \(result.errors)")
                if name == "partial" {
                    #expect(try FileManager.default.contentsOfDirectory(atPath: other).isEmpty)
                } else {
                    #expect(FileManager.default.contents(atPath: other) == Data("theirs".utf8))
                }
                #expect(mirror.bytes(Self.file) == nil || name == "runs.jsonl" || name == "absent.jsonl")
                unlink(path)
            }
            #expect(try await mirror.sync().exitCode == .ok)
        }
    }

    @Test func `@eaDir in the state directory is nobody's business`() async throws {
        try await self.withProduct { mirror in
            for place in ["", "/partial", "/partial-1-of-2"] {
                try FileManager.default.createDirectory(
                    atPath: "\(mirror.root)/.hyp3-mirror\(place)/@eaDir",
                    withIntermediateDirectories: true
                )
            }
            #expect(try await mirror.sync().exitCode == .ok)
            #expect(try await mirror.sync().count(.present) == 1)
        }
    }

    @Test func `a staged file that somebody sweeps is fetched again from zero`() async throws {
        try await self.withProduct(faults: Self.stall) { mirror in
            let report = try await self.sync(mirror) {
                let partial = "\(mirror.root)/.hyp3-mirror/partial"
                for name in try FileManager.default.contentsOfDirectory(atPath: partial) {
                    try FileManager.default.removeItem(atPath: "\(partial)/\(name)")
                }
            }
            #expect(report.exitCode == .ok && mirror.bytes(Self.file) == Self.bytes, "\(report.rows)")
        }
    }

    /// The share that a year was moved to is another file system, where a rename cannot reach.
    @Test(.enabled(if: Mounts.isAllowed, "only root may mount file systems"))
    func `a year's directory on another file system gets its products`() async throws {
        try await self.withProduct { mirror in
            let script = """
                mkdir disk; mount -t tmpfs none disk; ln -s ../disk floods/2023
                "$@"; echo "first $?"; "$@"; cd floods; sha256sum --check SHA256SUMS; find -L . -name '*.bin*' | wc -l
                ls -A 2023
                """
            let result = try await mirror.run(
                "sync",
                prefix: Mounts.words + [script, "bash", "env", "HYP3_MIRROR_LAYOUT={year}/{filename}"]
            )
            #expect(result.output.contains("first 0\n"), "\(result.output)\(result.errors)")
            #expect(result.output.contains("nothing new: 1 present"), "\(result.output)")
            #expect(result.output.hasSuffix("2023/\(Self.file): OK\n1\n\(Self.file)\n"), "\(result.output)")
        }
    }
}
