import Foundation
import HyP3Simulator
import SystemPackage
import Testing

@testable import HyP3Mirror

/// The archive held against its record: what was done to its files is told apart.
@Suite(.timeLimit(.minutes(5))) struct VerifyTests {
    static let suffixes = [".zip", "_VV.tif", "_WM.tif", "_unw_phase.tif", ".nc"]

    /// GeoTIFFs, zips and netCDF files of the simulator's dozen jobs, archived.
    static func withArchive(_ body: (MirrorFixture) async throws -> Void) async throws {
        var configuration = SimulatorConfiguration()
        configuration.isDemonstration = true
        configuration.catalogue.names = [MirrorFixture.project]
        try await withMirror(configuration) { mirror in
            let simulator = mirror.simulator
            simulator.catalogue.add(
                [100].map { index in
                    var recipe = JobRecipe(
                        seed: 1,
                        index: index,
                        kind: .autorift,
                        status: .succeeded,
                        requestTime: CalendarTime(seconds: Int(Date.now.timeIntervalSince1970) - 3600 * index),
                        name: MirrorFixture.project,
                        user: simulator.username,
                        rasterSize: 64
                    )
                    recipe.expires = recipe.requestTime.adding(days: 14)
                    return recipe
                }
            )
            var failures: [String] = []
            // The simulator makes each file when it is first asked for, which takes long where much else runs.
            let report = try await mirror.sync(suffixes: Self.suffixes, stall: .seconds(60)) { event in
                if case .fetched(let outcome) = event, case .failed(let failure) = outcome.result {
                    failures.append("\(outcome.product.path): \(failure)")
                }
            }
            #expect(report.exitCode == .ok && report.archived >= 20, "\(report.summary) \(failures)")
            try await body(mirror)
        }
    }

    struct Run {
        let result: CommandResult
        let report: VerifyReport

        var findings: [String: String] {
            Dictionary(self.report.rows.map { ($0.path, $0.finding) }) { first, _ in first }
        }

        /// The lines about files, by how they begin.
        func lines(_ finding: String) -> [Substring] {
            self.result.output.split(separator: "\n").filter { $0.hasPrefix("\(finding): /") }
        }
    }

    /// Runs `verify` without network or credentials.
    static func verify(
        _ mirror: MirrorFixture,
        _ options: [String] = [],
        environment: [String: String] = [:],
        prefix: [String] = []
    ) async throws -> Run {
        let path = "\(mirror.archive)/verify.json"
        let result = try await mirror.run(
            "verify",
            ["--report", path] + options,
            suffixes: Self.suffixes,
            environment: environment,
            prefix: prefix
        )
        let report = try VerifyReport(json: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(report.exitCode.rawValue == result.exit, "\(result.errors)")
        return Run(result: result, report: report)
    }

    /// A file of the archive with that ending, with its path.
    static func file(
        _ mirror: MirrorFixture,
        _ ending: String,
        _ number: Int = 0
    ) throws -> (name: String, path: String) {
        let names = try mirror.files().filter { $0.hasSuffix(ending) }
        try #require(names.count > number)
        return (names[number], "\(mirror.root)/\(names[number])")
    }

    static func expectSumsPass(_ mirror: MirrorFixture) async throws {
        let words = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
        let result = await (try RunningCommand(words, directory: mirror.root)).result()
        #expect(result.exit == 0, "\(result.output)\(result.errors)")
    }

    /// Turns one bit over, as a disk would: nothing else shows it.
    static func rot(_ path: String) throws {
        var facts = stat()
        try #require(stat(path, &facts) == 0)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count / 2] ^= 4
        let descriptor = open(path, O_WRONLY)
        defer { close(descriptor) }
        try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
        let times = [facts.st_atim, facts.st_mtim]
        try #require(futimens(descriptor, times) == 0)
    }

    @Test func `an archive that nobody touched is whole, and nothing is asked of anybody`() async throws {
        try await Self.withArchive { mirror in
            // Nobody answers there.
            let run = try await Self.verify(mirror, ["--host", "https://localhost:1"])
            #expect(run.result.exit == 0, "\(run.result.output)\(run.result.errors)")
            let count = try mirror.files().count - 1
            #expect(run.report.files == count && run.report.checked == count && run.report.count(.intact) == count)
            #expect(run.report.rows.isEmpty && run.report.schema == 1 && run.report.bytesRead == run.report.bytes)
            #expect(
                run.result.output.hasPrefix("floods: \(count) of \(count) files verified ("),
                "\(run.result.output)"
            )
        }
    }

    @Test func `each way in which a file can go wrong has its name, and none is touched`() async throws {
        try await Self.withArchive { mirror in
            let manager = FileManager.default
            let rotten = try Self.file(mirror, "_VV.tif")
            let edited = try Self.file(mirror, "_WM.tif")
            let cut = try Self.file(mirror, ".nc")
            let grown = try Self.file(mirror, "_VV.tif", 1)
            let gone = try Self.file(mirror, ".zip", 0)
            let touched = try Self.file(mirror, ".zip", 1)
            let moved = try Self.file(mirror, ".zip", 2)
            let copied = try Self.file(mirror, "_VV.tif", 2)
            try Self.rot(rotten.path)
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: edited.path)))
            bytes[bytes.count - 1] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: edited.path))
            try #require(truncate(cut.path, 1000) == 0)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: grown.path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([0]))
            try handle.close()
            try manager.removeItem(atPath: gone.path)
            try manager.setAttributes([.modificationDate: Date.now], ofItemAtPath: touched.path)
            try manager.createDirectory(atPath: "\(mirror.root)/2026", withIntermediateDirectories: false)
            try manager.moveItem(atPath: moved.path, toPath: "\(mirror.root)/2026/\(moved.name)")
            try manager.copyItem(atPath: copied.path, toPath: "\(mirror.root)/2026/\(copied.name)")
            try Data([1]).write(to: URL(fileURLWithPath: "\(mirror.root)/2026/S1_new_VV.tif"))
            try Data([1]).write(to: URL(fileURLWithPath: "\(mirror.root)/2026/notes.txt"))
            let before = try Self.tree(mirror)

            let run = try await Self.verify(mirror)

            #expect(run.result.exit == 65, "\(run.result.output)\(run.result.errors)")
            #expect(
                run.findings == [
                    rotten.name: "rot", edited.name: "edited", cut.name: "cut-short", grown.name: "edited",
                    gone.name: "missing", "2026/\(moved.name)": "moved", "2026/S1_new_VV.tif": "unknown",
                ]
            )
            for (path, finding) in run.findings {
                let lines = run.lines(finding).filter { $0.contains("\(mirror.root)/\(path): ") }
                #expect(lines.count == 1, "\(finding) \(path): \(run.result.output)")
            }
            #expect(run.report.damaged == 5 && run.report.moved == 1 && run.report.unknown == 1)
            #expect(try Self.tree(mirror) == before)
        }
    }

    /// What lies in the project but its state and records, with sizes.
    static func tree(_ mirror: MirrorFixture) throws -> [String: Int] {
        var files: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: mirror.root) {
            if name.hasPrefix(".hyp3-mirror") || name == "SHA256SUMS" { continue }
            files[name] = mirror.bytes(name)?.reduce(0) { $0 &* 31 &+ Int($1) } ?? -1
        }
        return files
    }

    @Test func `a file that may not be read is unreadable, and the rest is verified`() async throws {
        let withoutRights = geteuid() == 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
        try await Self.withArchive { mirror in
            let closed = try Self.file(mirror, ".nc")
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: closed.path)
            let run = try await Self.verify(mirror, prefix: withoutRights)
            #expect(run.result.exit == 74 && run.findings == [closed.name: "unreadable"], "\(run.result.output)")
            #expect(run.lines("unreadable").first?.contains("the right to read") == true, "\(run.result.output)")
            #expect(run.report.checked == run.report.files)
        }
    }

    @Test func `records follow what was moved, and sha256sum passes again`() async throws {
        try await Self.withArchive { mirror in
            let moved = try Self.file(mirror, ".zip")
            let year = "\(mirror.root)/2026"
            try FileManager.default.createDirectory(atPath: year, withIntermediateDirectories: false)
            try FileManager.default.moveItem(atPath: moved.path, toPath: "\(year)/\(moved.name)")
            let first = try await Self.verify(mirror)
            #expect(
                first.result.exit == 0 && first.findings == ["2026/\(moved.name)": "moved"],
                "\(first.result.output)"
            )
            try await Self.expectSumsPass(mirror)
            let known = try KnownFiles(mirror.state)
            #expect(known.contains("2026/\(moved.name)") && !known.contains(moved.name))
            let second = try await Self.verify(mirror)
            #expect(second.report.rows.isEmpty && second.report.checked == first.report.checked)
        }
    }

    @Test func `a file of a moved one's name with other bytes is not followed`() async throws {
        try await Self.withArchive { mirror in
            let moved = try Self.file(mirror, ".zip")
            let year = "\(mirror.root)/2026"
            try FileManager.default.createDirectory(atPath: year, withIntermediateDirectories: false)
            try FileManager.default.moveItem(atPath: moved.path, toPath: "\(year)/\(moved.name)")
            try Self.rot("\(year)/\(moved.name)")
            let list = mirror.bytes("SHA256SUMS")
            let run = try await Self.verify(mirror)
            #expect(run.result.exit == 65 && run.findings == ["2026/\(moved.name)": "rot"], "\(run.result.output)")
            #expect(mirror.bytes("SHA256SUMS") == list)
        }
    }

    @Test func `one part a night is all of it after as many nights, whatever is damaged`() async throws {
        try await Self.withArchive { mirror in
            let rotten = try Self.file(mirror, "_VV.tif", 1)
            try Self.rot(rotten.path)
            var (checked, found, runs) = (0, 0, 0)
            let files = try KnownFiles(mirror.state).all.count
            for _ in 0..<5 {
                let run = try await Self.verify(mirror, ["--sample", "1/5"])
                #expect(run.report.due < files && run.report.due == run.report.checked && run.report.sample == "1/5")
                checked += run.report.checked
                found += run.report.count(.rot)
                runs += 1
                if try VerificationSummary(mirror.state).neverVerified == 0 { break }
            }
            let summary = try VerificationSummary(mirror.state)
            #expect(summary.neverVerified == 0 && summary.files == files, "\(summary)")
            // Shares of bytes end between files, so that the last night may take the first files once more.
            #expect(checked >= files && checked < files + 10 && found == 1, "\(checked) of \(files)")
            #expect(summary.damaged.map(\.path) == [rotten.name])
        }
    }

    @Test(arguments: ["0/5", "6/5", "1", "x"]) func `a sample that is none is told`(sample: String) async throws {
        try await withMirror { mirror in
            let result = try await mirror.run("verify", ["--sample", sample], environment: [:])
            #expect(result.exit == 64 && result.sentence?.contains("must be K/N") == true, "\(result.errors)")
        }
    }

    @Test func `when --max-runtime is over the next run goes on with the rest`() async throws {
        try await Self.withArchive { mirror in
            let files = try KnownFiles(mirror.state).all.count
            let first = try await Self.verify(mirror, ["--max-runtime", "1s", "--limit-rate", "2M"])
            #expect(first.result.exit == 75 && first.report.stopped != nil, "\(first.result.output)")
            #expect(first.result.duration >= .seconds(1) && first.result.duration < .seconds(5))
            #expect(first.report.checked > 0 && first.report.left == files - first.report.checked)
            #expect(first.report.bytesRead < 5_000_000)
            let before = try VerificationSummary(mirror.state).neverVerified
            #expect(before == first.report.left)
            // Half of the bytes, and not those that were read before.
            let second = try await Self.verify(mirror, ["--sample", "1/2"])
            let after = try VerificationSummary(mirror.state).neverVerified
            #expect(second.result.exit == 0 && after == max(0, before - second.report.checked), "\(before) \(after)")
        }
    }

    @Test(arguments: [("INT", RunStatus.interrupted), ("TERM", .terminated), ("HUP", .hungUp)])
    func `a signal stops it within 2 s, and what was verified stays so`(signal: String, status: RunStatus) async throws
    {
        try await Self.withArchive { mirror in
            let script = """
                "$@" & pid=$!
                until [ -s \(mirror.state.verified) ]; do :; done
                begun=$(date +%s%N); kill -\(signal) $pid; wait $pid; status=$?
                echo $(( ($(date +%s%N) - begun) / 1000000 )) > milliseconds
                exit $status
                """
            let run = try await Self.verify(mirror, ["--limit-rate", "1M"], prefix: ["bash", "-mc", script, "bash"])
            #expect(run.report.exitCode == status && run.report.left > 0, "\(run.result.errors)")
            let took = try String(contentsOfFile: "\(mirror.archive)/milliseconds", encoding: .utf8)
            #expect(Int(took.dropLast()).map { $0 < 2000 } == true, "\(took)")
            #expect(try VerificationSummary(mirror.state).neverVerified == run.report.left)
        }
    }

    @Test func `a second verification ends at once, and a sync goes on beside one`() async throws {
        try await Self.withArchive { mirror in
            let holder = RunLockHolder(started: .now, command: "hyp3-mirror verify")
            let lock = try RunLock(FilePath(mirror.state.verifyLock), holder: holder)
            let second = try await Self.verify(mirror)
            #expect(second.result.exit == 75 && second.result.sentence?.contains("another run holds") == true)
            #expect(try await mirror.sync(suffixes: Self.suffixes).left == 0)
            lock.release()
            let whole = try RunLock(FilePath(mirror.state.wholeLock), holder: holder)
            defer { whole.release() }
            #expect(try await Self.verify(mirror).result.exit == 0)
            #expect(try await Self.verify(mirror, ["--repair"]).result.exit == 75)
        }
    }

    @Test func `the record stays small: shards in one, and no line that counts no more`() async throws {
        try await Self.withArchive { mirror in
            let files = try KnownFiles(mirror.state).all.count
            let text = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
            let part = ProjectDirectory(mirror.root, shard: try Shard("1/2"))
            try Data((text + "{\"torn\": ").utf8).write(to: URL(fileURLWithPath: part.manifest))
            let sums = try String(contentsOfFile: "\(mirror.root)/SHA256SUMS", encoding: .utf8)
            let lines = sums.split(separator: "\n")
            let stale = "\(String(repeating: "0", count: 64))  \(lines[0].dropFirst(66))\n"
            let foreign = "\(String(repeating: "1", count: 64))  theirs.txt\n"
            try Data((stale + foreign + lines.dropFirst(2).joined(separator: "\n") + "\n").utf8)
                .write(to: URL(fileURLWithPath: "\(mirror.root)/SHA256SUMS"))
            for _ in 0..<3 { #expect(try await Self.verify(mirror).result.exit == 0) }
            let manifest = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
            #expect(manifest.split(separator: "\n").count == files)
            #expect(!FileManager.default.fileExists(atPath: part.manifest))
            let log = try String(contentsOfFile: mirror.state.verified, encoding: .utf8).split(separator: "\n")
            #expect(log.count <= 2 * files + 64)
            let list = try String(contentsOfFile: "\(mirror.root)/SHA256SUMS", encoding: .utf8).split(separator: "\n")
            #expect(Set(list) == Set(lines + [foreign.dropLast()]) && list.count == lines.count + 1)
        }
    }

    @Test func `an archive that is not there, or whose disk is gone, is no whole one`() async throws {
        try await Self.withArchive { mirror in
            try FileManager.default.moveItem(atPath: mirror.root, toPath: "\(mirror.root).away")
            let run = try await Self.verify(mirror)
            #expect(run.result.exit == 74 && run.result.sentence?.contains(mirror.root) == true, "\(run.result.errors)")
        }
    }

    @Test func `what may lie in a directory that cannot be read is not missing`() async throws {
        let withoutRights = geteuid() == 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
        try await Self.withArchive { mirror in
            let moved = try Self.file(mirror, ".zip")
            let year = "\(mirror.root)/2026"
            try FileManager.default.createDirectory(atPath: year, withIntermediateDirectories: false)
            try FileManager.default.moveItem(atPath: moved.path, toPath: "\(year)/\(moved.name)")
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: year)
            defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: year) }
            let run = try await Self.verify(mirror, prefix: withoutRights)
            #expect(run.result.exit == 74 && run.findings == [moved.name: "unreadable"], "\(run.result.output)")
            #expect(run.lines("unreadable").first?.contains("may lie where nothing can be seen") == true)
        }
    }

    @Test func `an archive that goes away under a verification has nothing missing`() async throws {
        try await Self.withArchive { mirror in
            let script = """
                "$@" & pid=$!
                until [ -s \(mirror.state.verified) ]; do :; done
                mv \(mirror.root) \(mirror.root).away; wait $pid
                """
            let run = try await Self.verify(mirror, ["--limit-rate", "1M"], prefix: ["bash", "-c", script, "bash"])
            #expect(run.result.exit == 74 && run.report.count(.missing) == 0, "\(run.result.output)")
            #expect(run.report.left > 0 && run.report.stopped != nil)
        }
    }
}
