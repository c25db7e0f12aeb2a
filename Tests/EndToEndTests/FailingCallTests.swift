import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// System calls that fail at one moment, and what the run then says. `scripts/syscalls` tries each kind at many moments.
@Suite(.timeLimit(.minutes(5))) struct FailingCallTests {
    private static let bytes = Content.pattern(seed: 8, count: 100_000).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    /// Leaves a product under its name that no record knows, as a run does that is killed at the wrong moment.
    private func cutOff(_ mirror: MirrorFixture) async throws {
        let prefix = Tracing.words(
            ["trace=pwrite64", "inject=pwrite64:error=EIO"],
            path: mirror.state.manifest,
            log: "\(mirror.archive)/trace.txt"
        )
        #expect(try await mirror.run(prefix: prefix).exit == RunStatus.storage.rawValue)
        #expect(mirror.bytes(Self.file) == Self.bytes)
    }

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: ["sync", "verify"])
    func `a commit that was cut off and cannot be finished is no success`(subcommand: String) async throws {
        try await withProduct(Self.bytes) { mirror in
            try await self.cutOff(mirror)
            let log = "\(mirror.archive)/trace.txt"
            // The first time to write in it, the second time to see what is in it.
            let prefix = Tracing.words(
                ["trace=openat", "inject=openat:error=EIO:when=2"],
                path: mirror.state.manifest,
                log: log
            )
            let result = try await mirror.run(subcommand, prefix: prefix)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("(INJECTED)"))
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.output)\(result.errors)")
            #expect(result.errors.contains("left to the next run") && result.errors.contains(mirror.state.manifest))
            #expect(mirror.bytes(Self.file) == Self.bytes)
            let next = try await mirror.run()
            #expect(next.exit == 0, "\(next.errors)")
            let lines = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
            let sums = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
            #expect(try await RunningCommand(sums, directory: mirror.root).result().exit == 0)
        }
    }

    @Test(
        .enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"),
        arguments: ["fdatasync:error=EIO", "openat:error=EACCES"]
    )
    func `what a journal tells of outlives storage that refuses for good`(injection: String) async throws {
        try await withProduct(Self.bytes) { mirror in
            try await self.cutOff(mirror)
            let log = "\(mirror.archive)/trace.txt"
            let calls = injection.split(separator: ":")[0]
            let path = calls == "openat" ? "\(mirror.root)/\(Self.file)" : nil
            let prefix = Tracing.words(["trace=\(calls)", "inject=\(injection)"], path: path, log: log)
            let result = try await mirror.run(prefix: prefix)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("(INJECTED)"))
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(try await mirror.run().exit == 0)
            let lines = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8).split(separator: "\n")
            let list = try String(contentsOfFile: mirror.state.checksums, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1 && list.count == 1)
        }
    }

    @Test(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), arguments: ["sync", "verify"])
    func `a project's directory that cannot be read is no success, and named by its path`(
        subcommand: String
    ) async throws {
        try await withProduct(Self.bytes) { mirror in
            #expect(try await mirror.run().exit == 0)
            let log = "\(mirror.archive)/trace.txt"
            let prefix = Tracing.words(
                ["trace=getdents64", "inject=getdents64:error=EIO"],
                path: mirror.root,
                log: log
            )
            let result = try await mirror.run(subcommand, prefix: prefix)
            #expect(try String(contentsOfFile: log, encoding: .utf8).contains("(INJECTED)"))
            #expect(result.exit == RunStatus.storage.rawValue, "\(result.errors)")
            #expect(result.errors.contains("\(mirror.root) cannot be read"), "\(result.errors)")
        }
    }
}
