import Foundation
import Glibc
import HyP3Mirror
import SystemPackage
import TestSupport
import Testing

@Suite struct `Run lock` {
    private static let holder = RunLockHolder(
        host: "archive.example",
        process: 4711,
        started: Date(timeIntervalSince1970: 1_700_000_000),
        command: "hyp3-mirror sync hkh.json"
    )

    @Test func `a second run is told who holds the archive`() async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/.hyp3-mirror/lock")
            let lock = try await RunLock.acquire(path, holder: Self.holder)
            let failure = await #expect(throws: RunLock.Failure.self) {
                try await RunLock.acquire(path, holder: RunLockHolder(started: .now, command: "second"))
            }
            #expect(
                failure?.description
                    == "another run holds \(path): process 4711 on archive.example since 2023-11-14T22:13:20Z "
                    + "(hyp3-mirror sync hkh.json)"
            )
            lock.release()
            _ = try await RunLock.acquire(path, holder: Self.holder)
        }
    }

    @Test(arguments: ["", "not JSON", "{\"pid\":\"x\"}", "\u{0}\u{1}"])
    func `a lock file that tells no holder is still a held lock`(text: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/lock")
            let lock = try RunLock(path, holder: Self.holder)
            try Data(text.utf8).write(to: URL(filePath: path.string))
            let failure = #expect(throws: RunLock.Failure.self) { try RunLock(path, holder: Self.holder) }
            #expect(failure?.description == "another run holds \(path)")
            lock.release()
        }
    }

    @Test func `a killed holder leaves nothing behind that blocks`() async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/lock")
            let other = try LockingProcess(path.string)
            defer { other.kill() }
            #expect(throws: RunLock.Failure.self) { try RunLock(path, holder: Self.holder) }
            other.kill()
            _ = try RunLock(path, holder: Self.holder)
        }
    }

    @Test func `another process cannot lock what a run holds`() async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/lock")
            let lock = try RunLock(path, holder: Self.holder)
            #expect(throws: (any Error).self) { try LockingProcess(path.string) }
            lock.release()
            try LockingProcess(path.string).kill()
        }
    }

    @Test func `a child process does not inherit the lock`() async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/lock")
            let lock = try RunLock(path, holder: Self.holder)
            let child = try #require(Self.spawnInheriting(["/bin/sleep", "600"]))
            defer {
                kill(child, SIGKILL)
                waitpid(child, nil, 0)
            }
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child)/fd")
            let targets = open.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/fd/\($0)")
            }
            #expect(!targets.isEmpty)
            #expect(!targets.contains { $0.hasSuffix("\(directory)/lock") })
            lock.release()
        }
    }

    @Test func `dropping the lock releases it and keeps the file`() async throws {
        try await withTemporaryDirectory { directory in
            let path = FilePath("\(directory)/lock")
            for _ in 1...3 { _ = try RunLock(path, holder: Self.holder) }
            #expect(FileManager.default.fileExists(atPath: path.string))
        }
    }

    @Test func `a symbolic link in place of the lock is a storage error, and nothing is made where it leads`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/lock",
                withDestinationPath: "\(directory)/elsewhere"
            )
            let failure = #expect(throws: RunLock.Failure.self) {
                try RunLock(FilePath("\(directory)/lock"), holder: Self.holder)
            }
            #expect(failure?.description.contains("it is a symbolic link") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/elsewhere"))
        }
    }

    @Test func `a place that cannot hold a lock file is a storage error`() async throws {
        try await withTemporaryDirectory { directory in
            try Data().write(to: URL(filePath: "\(directory)/file"))
            let failure = #expect(throws: RunLock.Failure.self) {
                try RunLock(FilePath("\(directory)/file/.hyp3-mirror/lock"), holder: Self.holder)
            }
            guard case .storage(let error)? = failure else {
                Issue.record("not a storage error: \(String(describing: failure))")
                return
            }
            #expect(error.errno == .notDirectory)
        }
    }

    /// A child that inherits every descriptor that is not closed on exec.
    private static func spawnInheriting(_ words: [String]) -> pid_t? {
        var child = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return posix_spawn(&child, words[0], nil, nil, &arguments, environ) == 0 ? child : nil
    }
}

/// util-linux `flock` in a process of its own, holding a lock until it is killed.
private final class LockingProcess {
    private let process = Process()
    private let input = Pipe()

    struct Refused: Error {}

    init(_ path: String) throws {
        let output = Pipe()
        self.process.executableURL = URL(filePath: "/usr/bin/flock")
        self.process.arguments = ["--nonblock", "--no-fork", path, "sh", "-c", "echo held; exec cat"]
        self.process.standardInput = self.input
        self.process.standardOutput = output
        try self.process.run()
        guard output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8) else {
            self.process.waitUntilExit()
            throw Refused()
        }
    }

    func kill() {
        Glibc.kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
    }
}
