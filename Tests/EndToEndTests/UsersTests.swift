import Foundation
import HyP3Mirror
import HyP3Simulator
import TestSupport
import Testing

/// One archive and several users of a host, what the umask of each makes of it, and paths as people give them.
@Suite(.timeLimit(.minutes(5))) struct UsersTests {
    private static let file = "\(MirrorFixture.stem)_x.bin"
    private static let bytes = Content.pattern(seed: 9, count: 3_000_000).bytes
    private static let group: gid_t = 4242

    /// Runs what follows with this umask, as another user where one is named.
    private static func acting(_ umask: String, as user: uid_t? = nil) -> [String] {
        let change = user.map { ["setpriv", "--reuid=\($0)", "--regid=\(Self.group)", "--clear-groups"] } ?? []
        return change + ["bash", "-c", "umask \(umask); exec \"$@\"", "bash"]
    }

    private static func modes(below path: String) throws -> [String: mode_t] {
        var modes: [String: mode_t] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            var facts = stat()
            try #require(lstat("\(path)/\(name)", &facts) == 0)
            modes[name] = facts.st_mode & 0o7777
        }
        return modes
    }

    @Test func `with umask 077 all is the user's alone, and names may have spaces`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let archive = "\(mirror.archive)/my archive, really"
            try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: false)
            let new = "\(mirror.archive)/new files.txt"
            let prefix = Self.acting("077")
            let result = try await mirror.run("sync", ["--new-files", new], archive: archive, prefix: prefix)
            #expect(result.exit == 0, "\(result.errors)")
            let root = "\(archive)/\(MirrorFixture.project)"
            #expect(try String(contentsOfFile: new, encoding: .utf8) == "\(root)/\(Self.file)\n")
            let open = try Self.modes(below: archive).filter { $0.value & 0o077 != 0 }
            #expect(open.isEmpty, "\(open)")
            let verified = try await mirror.run("verify", archive: archive, prefix: prefix)
            #expect(verified.exit == 0, "\(verified.errors)")
            let check = try RunningCommand(["sha256sum", "--check", "--quiet", "SHA256SUMS"], directory: root)
            #expect(await check.result().exit == 0)
        }
    }

    /// Makes what the simulator has made for its user readable to others.
    private func open(_ mirror: MirrorFixture, _ archive: String) throws -> [String] {
        let authority = "\(mirror.archive)/ca.pem"
        try FileManager.default.copyItem(atPath: mirror.simulator.caFile, toPath: authority)
        try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: false)
        for path in [mirror.archive, authority] { try #require(chmod(path, 0o755) == 0) }
        try #require(chown(archive, 0, Self.group) == 0 && chmod(archive, 0o2775) == 0)
        return ["--cacert", authority]
    }

    @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
    func `users of a group go on with one another's archive`() async throws {
        let stall = Fault(.object, "*_x.bin", first: 1, effect: .stall(after: 2_000_000))
        try await withProduct(Self.bytes, faults: [stall]) { mirror in
            let archive = "\(mirror.archive)/shared"
            let options = try self.open(mirror, archive) + ["--connections", "1"]
            let first = try mirror.start("sync", options, archive: archive, prefix: Self.acting("002", as: 4301))
            await mirror.simulator.faults.waitUntilStalled()
            // Another user finds it at work.
            let busy = try await mirror.run("sync", options, archive: archive, prefix: Self.acting("002", as: 4302))
            #expect(busy.exit == RunStatus.again.rawValue, "\(busy.errors)")
            first.signal(SIGTERM)
            #expect(await first.result().exit == RunStatus.terminated.rawValue)
            mirror.simulator.faults.removeAll()
            let second = try await mirror.run("sync", options, archive: archive, prefix: Self.acting("002", as: 4302))
            #expect(second.exit == 0, "\(second.errors)")
            let root = "\(archive)/\(MirrorFixture.project)"
            #expect(FileManager.default.contents(atPath: "\(root)/\(Self.file)").map { Array($0) } == Self.bytes)
            let closed = try Self.modes(below: archive).filter { $0.value & 0o060 != 0o060 }
            #expect(closed.isEmpty, "\(closed)")
            for user in [uid_t(4301), 4302] {
                let words = ["--cacert", options[1]]
                let verified = try await mirror.run(
                    "verify",
                    words,
                    archive: archive,
                    prefix: Self.acting("002", as: user)
                )
                #expect(verified.exit == 0, "\(verified.errors)")
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
    func `what another user keeps for himself is told, and never taken for nothing`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let archive = "\(mirror.archive)/shared"
            let options = try self.open(mirror, archive)
            let first = try await mirror.run("sync", options, archive: archive, prefix: Self.acting("077", as: 4301))
            #expect(first.exit == 0, "\(first.errors)")
            let asked = mirror.productRequests.count
            for command in ["sync", "verify", "report"] {
                let second = try await mirror.run(
                    command,
                    options,
                    archive: archive,
                    prefix: Self.acting("002", as: 4302)
                )
                #expect(second.exit == RunStatus.storage.rawValue, "\(command): \(second.errors)")
                #expect(second.errors.contains("\(archive)/\(MirrorFixture.project)"), "\(second.errors)")
            }
            #expect(mirror.productRequests.count == asked, "nothing is fetched twice")
        }
    }
}
