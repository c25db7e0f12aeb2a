import Glibc
import SystemPackage

/// What `on_archived` is still to get of a project: lines of the manifest in `owed.jsonl`, and behind them whatever the
/// manifest got since its mark.
///
/// A line leaves the manifest's tail for the queue, and the queue for good, each in two steps of which the first is durable
/// before the second is begun. So a kill has some lines handed over twice, and none not at all. Blocks; call under the run
/// lock.
struct HookQueue: Sendable {
    /// The run, whole or a shard, that the manifest is of.
    let part: ProjectDirectory
    var stop = StopFlag()

    /// What the program is started for once.
    struct Errand: Sendable {
        /// Of the line, or of the job.
        let key: UInt64
        package fileprivate(set) var entries: [ManifestEntry] = []
    }

    /// Lines on their way to the end of a queue, each block of them made durable in one go.
    private struct Addition {
        private static let block = 1 << 20
        private let file: LineFile
        private var lines: [UInt8] = []

        init(_ file: LineFile) { self.file = file }

        mutating func add(_ line: LineReader.Line) throws {
            self.lines += line.bytes
            self.lines.append(10)
            if self.lines.count >= Self.block { try self.finish() }
        }

        mutating func finish() throws {
            try self.file.append(self.lines)
            self.lines = []
        }
    }

    /// The queues that a run takes care of: its own, and with the whole project all of them. The first shard takes care of
    /// what whole runs have left, too, since there may be none any more.
    static func all(_ project: ProjectDirectory, stop: StopFlag = StopFlag()) throws -> [HookQueue] {
        var parts = [project]
        if project.shard == nil {
            let names = try project.parts(with: "manifest") + project.parts(with: "owed")
            for part in names where !parts.contains(part) { parts.append(part) }
        } else if project.shard?.index == 1 {
            parts += try project.parts(with: "owed").filter { $0.shard == nil }
        }
        return parts.map { HookQueue(part: $0, stop: stop) }
    }

    /// All of them, each with what its manifest got since its mark.
    static func takenIn(_ project: ProjectDirectory, stop: StopFlag = StopFlag()) throws -> [HookQueue] {
        let queues = try self.all(project, stop: stop)
        for queue in queues { try queue.takeIn() }
        return queues
    }

    /// Takes what the manifest got since its mark.
    ///
    /// - Parameter queue: where to; nil means to its own.
    /// - Throws: `FilesystemError`, `CancellationError`.
    func takeIn(to queue: String? = nil) throws {
        let size = try SystemCalls.size(of: self.part.manifest) ?? 0
        let start = try ManifestMark.start(self.part)
        guard size > start else { return }
        var queue = Addition(try LineFile(queue ?? self.part.owed))
        var end = start
        try LineReader(path: self.part.manifest, stop: self.stop).read(from: start, upTo: size) { line in
            let lineEnd = line.offset + Int64(line.bytes.count)
            // Being written, or torn by a crash.
            guard lineEnd < size else { return }
            end = lineEnd + 1
            guard let entry = ManifestLine(line.bytes), !entry.isMove else { return }
            try queue.add(line)
        }
        try queue.finish()
        if end > start { try ManifestMark(at: end, in: self.part.manifest).save(self.part) }
    }

    /// The first errands of the queue.
    ///
    /// - Parameters:
    ///   - unit: what an errand is about.
    ///   - most: errands at most.
    ///   - passedOver: keys of errands that are not wanted now.
    func errands(_ unit: ProjectSettings.HookUnit, most: Int, passingOver passedOver: Set<UInt64>) throws -> [Errand] {
        var order: [UInt64: Int] = [:]
        do {
            try self.read { line in
                guard let key = Self.key(line, unit), !passedOver.contains(key), order[key] == nil else { return }
                order[key] = order.count
                if order.count == most { throw Enough() }
            }
        } catch is Enough {}
        guard !order.isEmpty else { return [] }
        var errands = order.sorted { $0.value < $1.value }.map { Errand(key: $0.key) }
        try self.read { line in
            guard let key = Self.key(line, unit), let index = order[key], let entry = ManifestEntry(line: line.bytes),
                // A kill may have queued it twice.
                !errands[index].entries.contains(entry)
            else { return }
            errands[index].entries.append(entry)
        }
        return errands
    }

    private struct Enough: Error {}

    /// Takes errands off the queue that are done, and puts those at its end that failed.
    func settle(_ unit: ProjectSettings.HookUnit, done: Set<UInt64>, failed: Set<UInt64>) throws {
        guard !done.isEmpty || !failed.isEmpty else { return }
        let writer = try LineWriter(self.part.owed + ".new")
        func write(_ line: LineReader.Line) throws {
            try writer.write(line.bytes)
            try writer.write([10])
        }
        try self.read { line in
            guard let key = Self.key(line, unit) else { return }
            if !done.contains(key), !failed.contains(key) { try write(line) }
        }
        if !failed.isEmpty {
            try self.read { if let key = Self.key($0, unit), failed.contains(key) { try write($0) } }
        }
        try writer.replace(self.part.owed)
        _ = try SystemCalls.synchronizeDirectory(self.part.state)
    }

    /// Errands that wait.
    func count(_ unit: ProjectSettings.HookUnit) throws -> Int {
        var keys: Set<UInt64> = []
        try self.read { if let key = Self.key($0, unit) { keys.insert(key) } }
        return keys.count
    }

    private func read(_ body: (LineReader.Line) throws -> Void) throws {
        try LineReader(path: self.part.owed, stop: self.stop).read(body)
    }

    /// Nil for what is no line of a manifest.
    private static func key(_ line: LineReader.Line, _ unit: ProjectSettings.HookUnit) -> UInt64? {
        guard let entry = ManifestLine(line.bytes) else { return nil }
        switch unit {
        case .product: return ByteStrings.hash(line.bytes)
        case .job: return entry.owner.map { Self.key(job: $0.jobID) } ?? ByteStrings.hash(line.bytes)
        }
    }

    /// Of the errand about a job.
    static func key(job: String) -> UInt64 { ByteStrings.hash(job) }
}

extension HookQueue {
    /// Before the manifests of a project become one, whose lines are in another order: puts all that has not been handed over
    /// into the queue of whole runs. Call under the lock of whole runs.
    ///
    /// - Returns: whether a run of this project has ever had something to hand over.
    static func gather(_ project: ProjectDirectory, stop: StopFlag) throws -> Bool {
        let known = try project.parts(with: "delivered", ending: ".json") + project.parts(with: "owed")
        guard !known.isEmpty else { return false }
        for part in try project.parts(with: "manifest") {
            try HookQueue(part: part, stop: stop).takeIn(to: project.owed)
        }
        for part in try project.parts(with: "owed") where part.shard != nil {
            var queue = Addition(try LineFile(project.owed))
            try HookQueue(part: part, stop: stop).read { try queue.add($0) }
            try queue.finish()
            try SystemCalls.remove(part.owed)
        }
        return true
    }
}
