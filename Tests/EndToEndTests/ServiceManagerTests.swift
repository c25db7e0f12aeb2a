import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What systemd is told by `sync`, and how its journal gets lines.
@Suite(.timeLimit(.minutes(5))) struct ServiceManagerTests {
    private static let bytes = Content.pattern(seed: 4, count: 3_000_000).bytes
    private static let stall = [Fault(.object, effect: .stall(after: 1_000_000))]

    @Test(arguments: [false, true])
    func `readiness, status, signs of life and the end are told`(isAbstract: Bool) async throws {
        try await withProduct(Self.bytes, faults: Self.stall) { mirror in
            let name = isAbstract ? "@hyp3-mirror-test-\(UUID().uuidString)" : "\(mirror.archive)/notify"
            let socket = try NotifySocket(name)
            let command = try mirror.start(
                "sync",
                ["--connections", "1"],
                environment: mirror.tokenEnvironment.merging(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"]) { $1 }
            )
            let before = await socket.messages { $0.hasPrefix("STATUS=") && $0.contains("0/1 products") }
            #expect(before.first == "READY=1" && before.contains("WATCHDOG=1"), "\(before)")
            #expect(before.contains("STATUS=floods: HyP3: logging in, asking for jobs (0 s)"), "\(before)")
            command.signal(SIGTERM)
            #expect(await socket.messages { $0 == "STOPPING=1" }.last == "STOPPING=1")
            #expect(await command.result().exit == RunStatus.terminated.rawValue)
        }
    }

    @Test func `a manager that never reads, or has gone, holds nothing up`() async throws {
        try await withProduct(Self.bytes) { mirror in
            let name = "\(mirror.archive)/notify"
            let socket = try NotifySocket(name)
            var variables = mirror.tokenEnvironment.merging(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000"]) { $1 }
            #expect(try await mirror.run("sync", environment: variables).exit == 0)
            withExtendedLifetime(socket) {}
            for other in ["\(mirror.archive)/nothing", "@", "relative", "/" + String(repeating: "x", count: 200)] {
                variables["NOTIFY_SOCKET"] = other
                #expect(try await mirror.run("sync", environment: variables).exit == 0)
            }
        }
    }

    @Test func `lines for the journal begin with their priority, and others do not`() async throws {
        try await withProduct(Self.bytes, faults: [Fault(.object, "*_x.bin", effect: .flipBit())]) { mirror in
            let isJournal = "exec env JOURNAL_STREAM=\"$(stat -L -c %d:%i /dev/fd/2)\" \"$@\""
            let result = try await mirror.run(prefix: ["bash", "-c", isJournal, "bash"])
            let lines = result.errors.split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("<6>") && $0.contains(" info planned ") }, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("<3>") && $0.contains(" error not archived: ") }, "\(lines)")
            #expect(lines.allSatisfy { $0.hasPrefix("<") }, "\(lines)")
            let other = try await mirror.run(
                environment: mirror.tokenEnvironment.merging(["JOURNAL_STREAM": "1:1"]) { $1 }
            )
            #expect(!other.errors.isEmpty && !other.errors.contains("<"), "\(other.errors)")
        }
    }
}

/// A socket as systemd has it.
private final class NotifySocket: Sendable {
    private let descriptor: Int32

    init(_ name: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        if name.hasPrefix("@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.size(ofValue: address.sun_family) + bytes.count)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(descriptor >= 0 && code == 0)
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    /// Those that come up to the first that `isLast`, within a minute.
    func messages(until isLast: @escaping @Sendable (String) -> Bool) async -> [String] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [descriptor] in
                var found: [String] = []
                var bytes = [UInt8](repeating: 0, count: 4096)
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                while poll(&entry, 1, 60_000) > 0 {
                    let count = recv(descriptor, &bytes, bytes.count, 0)
                    let message = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
                    found.append(message)
                    if isLast(message) { break }
                }
                continuation.resume(returning: found)
            }
        }
    }
}
