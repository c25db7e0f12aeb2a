import SystemPackage

/// Gives `SHA256SUMS` again what only the manifest still tells of: the list was deleted, cut, or damaged by the repair of a
/// file system. Call under the lock of whole runs, which holds off those of shards, too. Blocks.
struct UnlistedProducts {
    let project: ProjectDirectory
    let index: ArchiveIndex
    /// Names that the list has.
    let listed: IndexedNames
    var stop = StopFlag()

    /// So many a call, to bound the memory; the next run goes on.
    private static let most = 100_000

    /// Adds a line for each product that lies where the manifest has it, with the length that it was archived with.
    ///
    /// - Returns: how many files are listed again.
    func list() throws -> Int {
        let found = try self.found()
        if found.isEmpty { return 0 }
        return try ChecksumList(project: self.project, stop: self.stop).append { add in
            try ManifestReader(project: self.project, stop: self.stop).readEntries(at: found) { entry in
                try self.stop.check()
                // What differs is for `verify` to tell.
                guard try SystemCalls.size(of: self.project.path(of: entry.path)) == entry.size else { return }
                try add(entry)
            }
        }
    }

    /// Where the last line of each product stands that is in place and not listed.
    private func found() throws -> [ManifestReader.Place] {
        var places: [IndexedName: ManifestReader.Place] = [:]
        try ManifestReader(project: self.project, stop: self.stop).read { line, place in
            line.withPath { path in
                guard case (.there, let name?)? = self.index.whereabouts(path), !self.listed.contains(name) else {
                    return
                }
                if places.count < Self.most || places[name] != nil { places[name] = place }
            }
        }
        return Array(places.values)
    }
}
