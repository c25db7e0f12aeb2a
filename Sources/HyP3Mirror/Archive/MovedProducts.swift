import FoundationEssentials

/// Lets the records follow products that somebody has moved, sorted into directories for example: they are known by their
/// names. Call under the run lock. Blocks.
struct MovedProducts {
    let project: ProjectDirectory
    let index: ArchiveIndex
    var stop = StopFlag()

    /// Bytes of manifest lines that are written in one go.
    private static let batch = 1 << 20

    /// The manifest first: a run that is killed between the two finds the list as it was, and does both again.
    func follow(now: Date) throws {
        try self.followInManifest(now: now)
        try ChecksumList(project: self.project, stop: self.stop).rewrite { line in
            guard case .moved(let directory)? = self.index.whereabouts(line.path)?.place,
                let path = self.index.recordPath(of: line.path, in: directory)
            else { return .keep }
            return .move(to: path)
        }
    }

    /// Adds a line with the new path for each product whose last line has another.
    private func followInManifest(now: Date) throws {
        let reader = ManifestReader(project: self.project, stop: self.stop)
        // Where the last line of each product stands that is not at its path any more.
        var stale: [IndexedName: ManifestReader.Place] = [:]
        try reader.read { line, place in
            line.withPath { path in
                guard let (whereabouts, name) = self.index.whereabouts(path), let name else { return }
                switch whereabouts {
                case .moved: stale[name] = place
                // The line of a path that counts is the last, whatever came before.
                case .there: stale[name] = nil
                case .unclear, .gone: break
                }
            }
        }
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
