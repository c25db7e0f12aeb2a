import FoundationEssentials

/// Lets the records follow products that somebody has moved, sorted into directories for example: they are known by their
/// names. Call under the run lock. Blocks.
struct MovedProducts {
    let project: ProjectDirectory
    let index: ArchiveIndex
    /// Only these names are followed, by `ByteStrings.hash`; nil means all.
    var names: Set<UInt64>?
    var stop = StopFlag()

    /// Bytes of manifest lines that are written in one go.
    private static let batch = 1 << 20

    /// The manifest first: a run that is killed between the two finds the list as it was, and does both again.
    func follow(now: Date) throws {
        try self.followInManifest(now: now)
        let moved = try self.listedMoves()
        try ChecksumList(project: self.project, stop: self.stop).rewrite { line in
            guard let (place, name) = self.index.whereabouts(line.path), case .moved(let directory) = place,
                let name, moved.contains(name), self.isFollowed(line.path),
                let path = self.index.recordPath(of: line.path, in: directory)
            else { return .keep }
            return .move(to: path)
        }
    }

    /// Names that the list has where no such file is, and of which one lies elsewhere: that it is the listed one is sure
    /// only where all lines of its name say the same of it, and none has it where it lies.
    private func listedMoves() throws -> Set<IndexedName> {
        var moves = Moves(stems: self.index.stems)
        try LineReader(path: self.project.checksums, stop: self.stop).read { line in
            guard let line = ChecksumLine(line.bytes), let (place, name) = self.index.whereabouts(line.path), let name
            else { return }
            moves.note(name, place, line.path, content: line.digest)
        }
        return moves.sure
    }

    private func isFollowed(_ path: UnsafeRawBufferPointer) -> Bool {
        self.names?.contains(ByteStrings.hash(ArchiveIndex.split(path: path).name)) ?? true
    }

    /// Adds a line with the new path for each product whose last line has another.
    private func followInManifest(now: Date) throws {
        let reader = ManifestReader(project: self.project, stop: self.stop)
        // Where the last line of each product stands that is not at its path any more.
        var stale: [IndexedName: ManifestReader.Place] = [:]
        var moves = Moves(stems: self.index.stems)
        try reader.read { line, place in
            line.withPath { path in
                guard let (whereabouts, name) = self.index.whereabouts(path), let name else { return }
                if case .moved = whereabouts, self.isFollowed(path) { stale[name] = place }
                moves.note(name, whereabouts, path, content: line.digest)
            }
        }
        let sure = moves.sure
        stale = stale.filter { sure.contains($0.key) }
        if stale.isEmpty { return }
        let manifest = try LineFile(self.project.manifest)
        var lines: [UInt8] = []
        try reader.readEntries(at: Array(stale.values)) { entry in
            var entry = entry
            let path = Array(entry.path.utf8).withUnsafeBytes { path -> [UInt8]? in
                guard case .moved(let directory)? = self.index.whereabouts(path)?.place else { return nil }
                return self.index.recordPath(of: path, in: directory)
            }
            guard let path else { return }
            entry.path = String(decoding: path, as: UTF8.self)
            entry.moved = CivilTime(now).date
            lines += try entry.line()
            if lines.count >= Self.batch {
                try manifest.append(lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
        try manifest.append(lines)
    }
}

/// Which of the names that records have where no such file is may follow the one file that has the name.
private struct Moves {
    /// The content by the last record, and its path, both as numbers.
    private var contents: [IndexedName: (content: UInt64, path: UInt64)] = [:]
    private var unsure: Set<IndexedName> = []
    private var inPlace: IndexedNames

    init(stems: Int) { self.inPlace = IndexedNames(stems: stems) }

    mutating func note(
        _ name: IndexedName,
        _ place: ArchiveIndex.Whereabouts,
        _ path: UnsafeRawBufferPointer,
        content: UInt64
    ) {
        switch place {
        case .there: _ = self.inPlace.insert(name)
        case .moved:
            let path = ByteStrings.hash(path)
            let before = self.contents.updateValue((content, path), forKey: name)
            // Of several lines of one path the last counts.
            if let before, before.content != content, before.path != path { self.unsure.insert(name) }
        case .unclear, .gone: break
        }
    }

    /// Names with one content that no record has where the file lies.
    var sure: Set<IndexedName> {
        Set(self.contents.keys.lazy.filter { !self.unsure.contains($0) && !self.inPlace.contains($0) })
    }
}
