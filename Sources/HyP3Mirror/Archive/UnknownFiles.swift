/// Files with a wanted name that no manifest knows: from before this program, or by another.
struct UnknownFiles {
    let project: ProjectDirectory
    let index: ArchiveIndex
    var stop = StopFlag()

    /// What was found.
    struct Found: Sendable {
        /// Below the project's directory, in the order of bytes; of very many the first.
        var paths: [String] = []
        var count = 0
    }

    /// As many are told one by one.
    static let most = 100_000

    /// Looks through the index. Blocks.
    ///
    /// - Parameter known: as read before: what was archived since then is looked up once more.
    /// - Throws: `FilesystemError`, `CancellationError`.
    func find(_ known: KnownFiles) throws -> Found {
        var names: Set<UInt64> = []
        var paths: [UInt64: [String]] = [:]
        var kept = 0
        try self.index.forEachFile { name, _ in
            try self.stop.check()
            let hash = name.withUnsafeBytes { ByteStrings.hash($0) }
            guard !known.hasName(hash) else { return }
            names.insert(hash)
            guard kept < Self.most else { return }
            let found = self.index.paths(ofFile: String(decoding: name, as: UTF8.self))
            kept += found.count
            paths[hash, default: []] += found
        }
        if names.isEmpty { return Found() }
        func forget(_ path: UnsafeRawBufferPointer) {
            let hash = ByteStrings.hash(ArchiveIndex.split(path: path).name)
            names.remove(hash)
            paths[hash] = nil
        }
        try ManifestReader(project: self.project, stop: self.stop).read { line, _ in line.withPath(forget) }
        // What is being committed has its name before it is in the manifest.
        for part in try self.project.parts(with: "journal") {
            try LineReader(path: part.journal, stop: self.stop).read { line in
                ManifestLine(line.bytes)?.withPath(forget)
            }
        }
        return Found(paths: paths.values.flatMap(\.self).sorted(), count: names.count)
    }
}
