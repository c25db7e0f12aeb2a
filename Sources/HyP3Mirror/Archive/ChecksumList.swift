import Glibc
import SystemPackage

/// `SHA256SUMS`, which all shards of a project share: changed under a lock of its own, held only for the change.
///
/// Blocks; used by one thread at a time.
struct ChecksumList {
    /// What is to become of a line.
    enum Change {
        case keep
        case drop
        /// The product is at another path below the project's directory.
        case move(to: [UInt8])
    }

    let project: ProjectDirectory
    /// Ends the wait for the lock, and the reading.
    var stop = StopFlag()

    /// Makes the list where there is none.
    func create() throws {
        try self.whileLocked { _ = try self.open() }
    }

    /// Adds whole lines and makes them durable.
    func append(_ lines: [UInt8]) throws {
        guard !lines.isEmpty else { return }
        // Opened anew each time, because another shard may have put a new list in its place.
        try self.whileLocked { try self.open().append(lines) }
    }

    /// Bytes that are gathered for one change.
    private static let batch = 1 << 20

    /// Adds the lines of whatever products `give` gives, however many, and makes them durable.
    ///
    /// - Returns: their count.
    func append(of give: ((ManifestEntry) throws -> Void) throws -> Void) throws -> Int {
        var lines: [UInt8] = []
        var count = 0
        try give { entry in
            lines += entry.checksumLine()
            count += 1
            guard lines.count >= Self.batch else { return }
            try self.append(lines)
            lines = []
        }
        try self.append(lines)
        return count
    }

    /// Makes sure that the disk has room for so many more bytes, as far as the file system can.
    func reserve(_ count: Int) throws {
        guard count > 0 else { return }
        try self.whileLocked { try self.open().reserve(count) }
    }

    /// Removes from `wanted` the lines (without their ends) that the list holds.
    func subtract(from wanted: inout Set<[UInt8]>) throws {
        try self.whileLocked {
            try LineReader(path: self.project.checksums, stop: self.stop).readBackwards { line in
                wanted.remove([UInt8](line.bytes))
                return !wanted.isEmpty
            }
        }
    }

    /// Changes lines. Where none is to be changed, nothing is written.
    ///
    /// - Parameter decide: called with each line of the list that has its form; the others are kept.
    func rewrite(_ decide: (ChecksumLine) throws -> Change) throws {
        try self.whileLocked {
            guard try SystemCalls.kind(of: self.project.checksums) != nil else { return }
            _ = try self.open()
            var new: LineWriter?
            try LineReader(path: self.project.checksums, stop: self.stop).read { line in
                let change = try ChecksumLine(line.bytes).map { try decide($0) } ?? .keep
                if case .keep = change {
                    try new?.write(line.bytes)
                    try new?.write([10])
                    return
                }
                let writer = try new ?? self.copy(upTo: line.offset)
                new = writer
                if case .move(let path) = change { try writer.write(ChecksumLine.moved(line.bytes, to: path)) }
            }
            try new?.replace(self.project.checksums)
        }
    }

    /// A new list that begins as this one does.
    private func copy(upTo offset: Int64) throws -> LineWriter {
        let writer = try LineWriter(self.project.state + "/SHA256SUMS.new")
        try LineReader(path: self.project.checksums, stop: self.stop).read(upTo: offset) { line in
            try writer.write(line.bytes)
            try writer.write([10])
        }
        return writer
    }

    private func open() throws -> LineFile { try LineFile(self.project.checksums, isWhole: self.isWhole) }

    /// Whether a last line without its end is all of it: what a crash left of one of our own begins a line that a journal
    /// still holds.
    private func isWhole(_ line: UnsafeRawBufferPointer) throws -> Bool {
        guard ChecksumLine(line) != nil else { return false }
        var isTorn = false
        for part in try self.project.parts(with: "journal") {
            try LineReader(path: part.journal, stop: self.stop).read { journal in
                guard let whole = ManifestEntry(line: journal.bytes)?.checksumLine().dropLast() else { return }
                if whole.count > line.count, whole.starts(with: line) { isTorn = true }
            }
        }
        return !isTorn
    }

    /// Looks this often whether another shard has let go of the lock.
    private static let interval = Duration.milliseconds(20)
    /// Longer than the longest list takes to be written anew on a slow share.
    private static let patience = Duration.seconds(600)

    private func whileLocked<R>(_ body: () throws -> R) throws -> R {
        let path = self.project.checksumsLock
        let descriptor = try SystemCalls.openOwn(path, O_RDWR | O_CREAT, for: "open the lock file")
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do throws(Errno) {
                if try SystemCalls.lock(descriptor, LOCK_EX) { break }
            } catch {
                throw FilesystemError("lock", path, error)
            }
            if self.stop.isRaised { throw CancellationError() }
            guard ContinuousClock.now < deadline else {
                throw FilesystemError(
                    "lock",
                    path,
                    .resourceTemporarilyUnavailable,
                    cure: "Another process has held it for \(Self.patience.components.seconds / 60) minutes."
                )
            }
            usleep(UInt32(Self.interval.components.attoseconds / 1_000_000_000_000))
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }
}
