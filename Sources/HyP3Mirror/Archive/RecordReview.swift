/// What `SHA256SUMS` lists, held against the tree.
package struct RecordReview: Sendable {
    /// Products that are listed at a path where they are not, and lie elsewhere under their name.
    private(set) var moved = 0
    /// Files with a wanted suffix that the list does not name.
    private(set) package var unlisted = 0
    /// Names that are listed, wherever their files lie.
    private(set) var listed = IndexedNames(stems: 0)
    /// Names that are listed and nowhere in the archive, by `ByteStrings.hash`: mostly none, and a million of them where
    /// somebody has put an old archive away.
    private var gone: Set<UInt64> = []

    /// Nothing is listed, and nothing is known.
    package init() {}

    /// Reads the list once, in bounded memory apart from what is gone. Blocks.
    ///
    /// Where directories of the archive could not be read, nothing is said to be moved or gone: it may lie there.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    init(_ project: ProjectDirectory, _ index: ArchiveIndex, stop: StopFlag = StopFlag()) throws {
        self.listed = IndexedNames(stems: index.stems)
        self.unlisted = index.summary.named
        var inPlace = IndexedNames(stems: index.stems)
        var moved: [(name: IndexedName, hash: UInt64)] = []
        let isWhole = index.unseen.hideNothing
        try LineReader(path: project.checksums, stop: stop).read { line in
            guard let path = ChecksumLine(line.bytes)?.path, let (place, name) = index.whereabouts(path) else { return }
            if let name, self.listed.insert(name) { self.unlisted -= index.copies(of: name) }
            switch place {
            case .there: if let name { _ = inPlace.insert(name) }
            case .unclear: break
            case .moved where isWhole:
                if let name { moved.append((name, ByteStrings.hash(ArchiveIndex.split(path: path).name))) }
            case .gone where isWhole: self.gone.insert(ByteStrings.hash(ArchiveIndex.split(path: path).name))
            case .moved, .gone: break
            }
        }
        // The file that is listed where it lies was not moved there: what is listed elsewhere was another of its name.
        for (name, hash) in moved {
            if inPlace.contains(name) { self.gone.insert(hash) } else { self.moved += 1 }
        }
    }

    /// Takes down that so many files are listed again.
    mutating func note(listed: Int) { self.unlisted = max(0, self.unlisted - listed) }

    /// Whether a file of this name was archived, by the list, and is nowhere in the archive.
    func isGone(_ file: String) -> Bool { !self.gone.isEmpty && self.gone.contains(ByteStrings.hash(file)) }
}
