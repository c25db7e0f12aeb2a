import Synchronization
package import SystemPackage

extension ArchiveIndex {
    /// Reads the tree below `root` on threads of its own. A directory that does not exist yet holds nothing.
    ///
    /// - Parameters:
    ///   - root: the project's directory.
    ///   - suffixes: the wanted ones; names that end otherwise are only counted.
    ///   - passedOver: directories that are not read.
    ///   - threads: how many directories are read at once.
    /// - Throws: `FilesystemError` when `root` cannot be read; `CancellationError` soon after the task is cancelled.
    package static func scan(
        _ root: FilePath,
        suffixes: [SuffixTemplate],
        passingOver passedOver: PassedOver = PassedOver(),
        threads: Int = DirectoryScan.defaultThreads
    ) async throws -> ArchiveIndex {
        try await onStoppableThread(to: "scan the archive") { stop in
            var scan = DirectoryScan(root: root.string)
            scan.threads = threads
            scan.passedOver = passedOver
            return try ArchiveIndex(scan, wanted: WantedSuffixes(suffixes), stop: stop)
        }
    }

    /// Runs `scan` on this thread. Blocks.
    convenience init(_ scan: DirectoryScan, wanted: WantedSuffixes, stop: StopFlag = StopFlag()) throws {
        let build = IndexBuild(wanted: wanted)
        var met = DirectoryScan.Summary()
        do {
            met = try scan.run(stop: stop) { IndexVisitor(build: build) }
        } catch let error as FilesystemError where error.errno == .noSuchFileOrDirectory {
            // First run: the directory comes with the first product.
        }
        let (contents, counts) = build.result()
        var summary = counts
        summary.directories = met.directories
        summary.unseen = met.unseen.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        summary.repeated = contents.files.repeated().count
        var unseen = UnseenPlaces(summary.unseen)
        try unseen.read(recordsOf: ProjectDirectory(scan.root), stop: stop)
        self.init(wanted: wanted, contents: contents, summary: summary, unseen: unseen)
    }
}

/// The index in the making, shared by the threads of a scan, which hand over their names by the thousand.
private final class IndexBuild: Sendable {
    private struct State {
        var contents: ArchiveIndex.Contents
        var summary = ArchiveIndex.Summary()
    }

    let wanted: WantedSuffixes
    /// Numbers of the suffixes whose text is known beforehand, by the number of their pattern.
    private let literals: [Int?]
    private let state: Mutex<State>

    init(wanted: WantedSuffixes) {
        self.wanted = wanted
        var suffixes = ByteStrings()
        self.literals = wanted.literals.map { $0.map { $0.withUnsafeBytes { suffixes.intern($0) } } }
        let contents = ArchiveIndex.Contents(
            suffixes: suffixes,
            directories: ByteStrings(),
            files: StemTable(),
            obstacles: [:]
        )
        self.state = Mutex(State(contents: contents))
    }

    func add(_ batch: NameBatch) {
        self.state.withLock { state in
            state.summary.files += batch.files
            state.summary.undecodable += batch.undecodable
            var directory = (path: -1, number: 0)
            batch.bytes.withUnsafeBytes { bytes in
                for name in batch.names {
                    if name.directory != directory.path {
                        let path = batch.directories[name.directory]
                        directory = (name.directory, path.withUnsafeBytes { state.contents.directories.intern($0) })
                    }
                    Self.add(name, in: directory.number, bytes, self.literals, &state)
                }
            }
        }
    }

    private static func add(
        _ name: NameBatch.Name,
        in directory: Int,
        _ bytes: UnsafeRawBufferPointer,
        _ literals: [Int?],
        _ state: inout State
    ) {
        let all = UnsafeRawBufferPointer(rebasing: bytes[name.start..<name.start + name.length])
        let stem = UnsafeRawBufferPointer(rebasing: all[..<name.split.stemLength])
        let ending = UnsafeRawBufferPointer(rebasing: all[name.split.stemLength...])
        let suffix = name.split.literal.flatMap { literals[$0] } ?? state.contents.suffixes.intern(ending)
        if name.kind == .regular {
            state.summary.named += 1
            state.contents.files.insert(stem, hash: name.hash, suffix: suffix, directory: directory)
        } else {
            state.contents.obstacles[name.kind, default: StemTable()]
                .insert(stem, hash: name.hash, suffix: suffix, directory: directory)
        }
    }

    func result() -> (ArchiveIndex.Contents, ArchiveIndex.Summary) {
        self.state.withLock { ($0.contents, $0.summary) }
    }
}

/// Names that end in a wanted suffix, on their way into the index.
private struct NameBatch {
    struct Name {
        /// Start and length of the name in `bytes`.
        var start: Int
        var length: Int
        var split: WantedSuffixes.Split
        /// Of the stem.
        var hash: UInt64
        var kind: FileKind
        /// Index into `directories`.
        var directory: Int
    }

    var names: [Name] = []
    var bytes: [UInt8] = []
    var directories: [[UInt8]] = []
    /// Regular files, those of other names included.
    var files = 0
    var undecodable = 0

    mutating func removeAll() {
        self.names.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
        self.directories.removeAll(keepingCapacity: true)
        self.files = 0
        self.undecodable = 0
    }
}

/// Splits names on the thread that reads them, so that the lock of the index is held for little else than insertions.
private struct IndexVisitor: DirectoryVisitor {
    private let build: IndexBuild
    private var directory: [UInt8] = []
    private var batch = NameBatch()

    init(build: IndexBuild) {
        self.build = build
    }

    mutating func enter(_ directory: [UInt8]) {
        self.directory = directory
        self.batch.directories.append(directory)
    }

    mutating func visit(_ entry: DirectoryEntry) {
        if entry.kind == .regular { self.batch.files += 1 }
        guard let split = self.build.wanted.split(entry.name) else { return }
        guard Self.isUTF8(entry.name) else {
            self.batch.undecodable += 1
            return
        }
        let stem = UnsafeRawBufferPointer(rebasing: entry.name[..<split.stemLength])
        self.batch.names.append(
            NameBatch.Name(
                start: self.batch.bytes.count,
                length: entry.name.count,
                split: split,
                hash: ByteStrings.hash(stem),
                kind: entry.kind,
                directory: self.batch.directories.count - 1
            )
        )
        self.batch.bytes.append(contentsOf: entry.name)
        if self.batch.names.count == 2048 {
            self.finish()
            self.batch.directories.append(self.directory)
        }
    }

    func isProductName(_ name: UnsafeRawBufferPointer) -> Bool { self.build.wanted.split(name) != nil }

    mutating func finish() {
        self.build.add(self.batch)
        self.batch.removeAll()
    }

    private static func isUTF8(_ name: UnsafeRawBufferPointer) -> Bool {
        var bits: UInt8 = 0
        for byte in name { bits |= byte }
        return bits < 0x80 || String(validating: name, as: UTF8.self) != nil
    }
}
