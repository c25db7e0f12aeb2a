import FoundationEssentials
import Glibc

/// Keeps the records of an archive small and of one mind: manifests of all shards in one, without lines that count no more,
/// and `SHA256SUMS` with what the manifest has. Call under the lock of whole runs, which holds off shards, too. Blocks.
struct RecordUpkeep {
    let project: ProjectDirectory
    var stop = StopFlag()

    /// Few lines are not worth a new file.
    private static let least = 64

    /// What was done.
    struct Done: Sendable, Hashable {
        /// Lines of manifests, and of the log, that are gone.
        var dropped = 0
        /// Lines that `SHA256SUMS` got or lost.
        var listed = 0
        var unlisted = 0
    }

    /// - Throws: `FilesystemError`, `CancellationError`.
    func run() throws -> Done {
        var done = Done()
        done.dropped = try self.compactManifest()
        let known = try KnownFiles(self.project, stop: self.stop)
        if Self.outweighs(known.logLines - known.all.count, known.all.count) {
            done.dropped += try self.compactLog(known)
        }
        (done.listed, done.unlisted) = try self.reconcileList(known)
        return done
    }

    private static func outweighs(_ superseded: Int, _ counting: Int) -> Bool {
        superseded > max(counting, Self.least)
    }

    /// Writes the lines that count into one manifest, those of each in their order, and takes the others away.
    ///
    /// A kill between the two leaves lines that are there twice, which say the same.
    ///
    /// - Returns: how many lines are gone.
    private func compactManifest() throws -> Int {
        let known = try KnownFiles(self.project, stop: self.stop)
        let superseded = known.manifestLines - known.all.count
        let isParted = known.manifests.contains { $0 != self.project.manifest }
        guard isParted || Self.outweighs(superseded, known.all.count) else { return 0 }
        let places = known.all.map(\.place).sorted()
        let hasHooks = try HookQueue.gather(self.project, stop: self.stop)
        let writer = try LineWriter(self.project.manifest + ".new")
        var rest = places[...]
        for (number, file) in known.manifests.enumerated() {
            try LineReader(path: file, stop: self.stop).read { line in
                guard rest.first == ManifestReader.Place(file: number, offset: line.offset) else { return }
                rest.removeFirst()
                try writer.write(line.bytes)
                try writer.write([10])
            }
        }
        try writer.finish()
        if hasHooks {
            // Set before the file is in place: which of the two marks counts is told by the file.
            let file = self.project.manifest + ".new"
            try ManifestMark(at: try SystemCalls.size(of: file) ?? 0, in: file).save(self.project)
        }
        try writer.replace(self.project.manifest)
        _ = try SystemCalls.synchronizeDirectory(self.project.state)
        for part in try self.project.parts(with: "delivered", ending: ".json") where part.shard != nil {
            try SystemCalls.remove(part.delivered)
        }
        for file in known.manifests where file != self.project.manifest { try SystemCalls.remove(file) }
        return superseded
    }

    /// - Returns: how many lines are gone.
    private func compactLog(_ known: KnownFiles) throws -> Int {
        // Where the last line of each product stands.
        var last = [Int64](repeating: -1, count: known.all.count)
        var lines = 0
        func read(_ body: (Int, LineReader.Line) throws -> Void) throws {
            try LineReader(path: self.project.verified, stop: self.stop).read { line in
                guard let (name, path) = VerificationLine(line.bytes)?.hashes, let index = known.index(of: name, path)
                else { return }
                try body(index, line)
            }
        }
        try read { last[$0] = $1.offset }
        let writer = try LineWriter(self.project.verified + ".new")
        try read { index, line in
            guard last[index] == line.offset else { return }
            lines += 1
            try writer.write(line.bytes)
            try writer.write([10])
        }
        try writer.replace(self.project.verified)
        _ = try SystemCalls.synchronizeDirectory(self.project.state)
        return known.logLines - lines
    }

    /// Makes `SHA256SUMS` say what the manifest says of each product. Lines of what no manifest knows are left alone.
    private func reconcileList(_ known: KnownFiles) throws -> (listed: Int, unlisted: Int) {
        let lines = try ManifestLines(known.manifests)
        var isListed = [Bool](repeating: false, count: known.all.count)
        var unlisted = 0
        let list = ChecksumList(project: self.project, stop: self.stop)
        try list.rewrite { line in
            let hashes = (
                name: ByteStrings.hash(ArchiveIndex.split(path: line.path).name), path: ByteStrings.hash(line.path)
            )
            guard let index = known.index(of: hashes.name, hashes.path) else {
                // Left by a move, or a product that was recorded under its name elsewhere since.
                guard known.hasName(hashes.name) else { return .keep }
                let path = String(decoding: line.path, as: UTF8.self)
                guard try SystemCalls.kind(of: self.project.path(of: path)) == nil else { return .keep }
                unlisted += 1
                return .drop
            }
            let isRight = line.digest32 == known.all[index].digest && !isListed[index]
            if isRight { isListed[index] = true } else { unlisted += 1 }
            return isRight ? .keep : .drop
        }
        let listed = try list.append { add in
            for (index, isThere) in isListed.enumerated() where !isThere {
                try self.stop.check()
                guard let entry = try lines.entry(at: known.all[index].place),
                    // What was put aside and could not be had again has no line, so that sha256sum(1) passes.
                    try SystemCalls.kind(of: self.project.path(of: entry.path)) == .file
                else { continue }
                try add(entry)
            }
        }
        return (listed, unlisted)
    }
}

extension ChecksumLine {
    /// As `KnownFiles` keeps it.
    fileprivate var digest32: UInt32 { UInt32(truncatingIfNeeded: self.digest) }
}
