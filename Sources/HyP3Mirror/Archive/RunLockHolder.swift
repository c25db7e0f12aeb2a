package import FoundationEssentials
import Glibc

/// Who holds the lock of an archive: what a run writes into the lock file for the one that comes second.
///
/// Informative only; whether the lock is held is the kernel's word alone.
package struct RunLockHolder: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Name of the machine, empty where it is not known.
    package var host: String
    /// Process number on that machine.
    package var process: Int32
    /// When the run started (UTC); nil where it is not known.
    package var started: Date?
    /// The command, without anything secret.
    package var command: String

    private enum CodingKeys: String, CodingKey {
        case host
        case process = "pid"
        case started
        case command
    }

    package init(host: String, process: Int32, started: Date?, command: String) {
        self.host = host
        self.process = process
        self.started = started
        self.command = command
    }

    /// This process, on this machine.
    package init(started: Date, command: String) {
        var name = [CChar](repeating: 0, count: 256)
        // Of a name that is too long the rest is cut off; the last byte stays 0.
        _ = gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.init(host: host, process: getpid(), started: started, command: command)
    }

    /// Reads what `line` wrote; nil for anything else, as in a file that was just made.
    init?(line: String) {
        guard let holder = JSONLines.decode(Self.self, from: ArraySlice(line.utf8)).first else { return nil }
        self = holder
    }

    /// One line of JSON.
    var line: String { (try? JSONLines.encode([self])).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    package var description: String {
        let since = self.started.map { " since \($0.ISO8601Format())" } ?? ""
        let command = self.command.isEmpty ? "" : " (\(self.command))"
        return "process \(self.process) on \(self.host)\(since)\(command)"
    }
}
