import FoundationEssentials
import Glibc
import HyP3Mirror
import Synchronization

/// Tells the service manager that started this process how it is, as sd_notify(3) has it. Nothing here waits: a manager
/// that does not read misses what it was told.
final class ServiceManager: Sendable {
    /// Longer ones are cut; what a manager shows is a line.
    private static let longestStatus = 200

    private let address: sockaddr_un
    private let addressLength: socklen_t
    private let descriptor: Int32
    /// What it wants a sign of life in; nil where it does not watch.
    let watchdog: Duration?
    private let status = Mutex(Status())

    private struct Status {
        var source: (@Sendable () -> String)?
        var told = ""
    }

    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET` names the socket, by path, or behind an `@` in the abstract name space;
    ///     `WATCHDOG_USEC` and `WATCHDOG_PID` ask for signs of life.
    ///   - process: this one.
    /// - Returns: nil where nobody wants to know.
    init?(_ environment: [String: String], process: pid_t) {
        guard let name = environment["NOTIFY_SOCKET"], name.hasPrefix("/") || name.hasPrefix("@") else { return nil }
        var bytes = Array(name.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard bytes.count > 1, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Self.flags, 0)
        guard descriptor >= 0 else { return nil }
        self.address = address
        // An abstract name ends where the length says; a path may do without its zero.
        let start = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        self.addressLength = socklen_t(start + bytes.count)
        self.descriptor = descriptor
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        self.watchdog = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    deinit { close(self.descriptor) }

    private static let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)

    /// Sends assignments, one a line.
    func tell(_ assignments: String...) {
        let bytes = Array(assignments.joined(separator: "\n").utf8)
        var address = self.address
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                _ = sendto(self.descriptor, bytes, bytes.count, flags, pointer, self.addressLength)
            }
        }
    }

    /// What `STATUS` says from now on.
    func follow(_ source: @escaping @Sendable () -> String) {
        self.status.withLock { $0.source = source }
        self.tellStatus()
    }

    private func tellStatus() {
        guard let source = self.status.withLock({ $0.source }) else { return }
        let line = String(ForeignText.shown(source()).prefix(Self.longestStatus))
        let isNew = self.status.withLock { status in
            defer { status.told = line }
            return status.told != line
        }
        if isNew { self.tell("STATUS=\(line)") }
    }

    /// Gives signs of life, and the status as it changes, until the task is cancelled.
    func keep() async {
        let interval = min(.seconds(5), max(.milliseconds(1), (self.watchdog ?? .seconds(10)) / 2))
        repeat {
            if self.watchdog != nil { self.tell("WATCHDOG=1") }
            self.tellStatus()
        } while (try? await Task.sleep(for: interval)) != nil
    }
}
