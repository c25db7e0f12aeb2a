import Glibc
import SystemPackage

/// `SHA256SUMS`, which all shards of a project share: changed under a lock of its own, held only for the change.
///
/// Blocks; used by one thread at a time.
struct ChecksumList {
    let project: ProjectDirectory

    /// Makes the list where there is none.
    func create() throws {
        try self.whileLocked { _ = try LineFile(self.project.checksums) }
    }

    /// Adds whole lines and makes them durable.
    func append(_ lines: [UInt8]) throws {
        guard !lines.isEmpty else { return }
        // Opened anew each time, because another shard may have put a new list in its place.
        try self.whileLocked { try LineFile(self.project.checksums).append(lines) }
    }

    /// The last bytes, at most `limit`.
    func tail(_ limit: Int) throws -> [UInt8] {
        try self.whileLocked { try LineFile(self.project.checksums).tail(limit) }
    }

    /// Removes the lines of those paths for which `isStale` holds.
    func drop(_ isStale: (ArraySlice<UInt8>) -> Bool) throws {
        try self.whileLocked {
            guard let list = try SystemCalls.contents(of: self.project.checksums, limit: .max) else { return }
            guard let kept = Self.lines(list, without: isStale) else { return }
            let temporary = self.project.state + "/SHA256SUMS.new"
            try replaceFile(at: self.project.checksums, with: kept, through: temporary)
        }
    }

    /// The list without the lines of those paths; nil where it has none of them. A list of a million lines is not copied
    /// for nothing.
    private static func lines(_ list: [UInt8], without isStale: (ArraySlice<UInt8>) -> Bool) -> [UInt8]? {
        var kept: [UInt8] = []
        // What comes before is in `kept`, or stale.
        var start = list.startIndex
        var rest = list[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10) ?? rest.endIndex
            let line = rest[..<end]
            rest = rest[end...].dropFirst()
            // 64 digits, two separating characters, the path (sha256sum(1)).
            guard line.count > 66, isStale(line.dropFirst(66)) else { continue }
            kept += list[start..<line.startIndex]
            start = rest.startIndex
        }
        guard start > list.startIndex else { return nil }
        return kept + list[start...]
    }

    private func whileLocked<R>(_ body: () throws -> R) throws -> R {
        let path = self.project.checksumsLock
        let descriptor = try SystemCalls.open(path, O_RDWR | O_CREAT, for: "open the lock file")
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw FilesystemError("lock", path, Errno(rawValue: errno)) }
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }
}
