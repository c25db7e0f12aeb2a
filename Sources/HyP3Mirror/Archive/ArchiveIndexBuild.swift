import Synchronization
package import SystemPackage

extension ArchiveIndex {
    /// Reads the tree below `root` on threads of its own. A directory that does not exist yet holds nothing.
    ///
    /// - Parameters:
    ///   - root: the project's directory.
    ///   - suffixes: the wanted ones, each as its literal pieces in order; what stands for a job parameter lies between
    ///     two pieces.
    ///   - threads: how many directories are read at once.
    /// - Throws: `FilesystemError` when `root` cannot be read; `CancellationError` soon after the task is cancelled.
    package static func scan(
        _ root: FilePath, suffixes: [[String]], threads: Int = DirectoryScan.defaultThreads
    ) async throws -> ArchiveIndex {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await onOwnThread(to: "scan the archive") {
                var scan = DirectoryScan(root: root.string)
                scan.threads = threads
                return try ArchiveIndex(scan, wanted: WantedSuffixes(suffixes), stop: stop)
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// Runs `scan` on this thread. Blocks.
    init(_ scan: DirectoryScan, wanted: WantedSuffixes, stop: StopFlag = StopFlag()) throws {
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
        summary.unreadable = met.unreadable.sorted { $0.path < $1.path }
        summary.repeated = contents.files.repeated().count
        self.init(wanted: wanted, contents: contents, summary: summary)
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
    private let literals: [UInt32?]
    private let state: Mutex<State>

    init(wanted: WantedSuffixes) {
        self.wanted = wanted
        var suffixes = ByteStrings()
        self.literals = wanted.literals.map { $0.map { suffixes.intern($0) } }
        let contents = ArchiveIndex.Contents(
            suffixes: suffixes, directories: ByteStrings(), files: StemTable(), obstacles: [:])
        self.state = Mutex(State(contents: contents))
    }

    func add(_ batch: NameBatch, in directory: [UInt8]) {
        self.state.withLock { state in
            state.summary.files += batch.files
            state.summary.undecodable += batch.undecodable
            if batch.names.isEmpty { return }
            let number = state.contents.directories.intern(directory)
            batch.bytes.withUnsafeBytes { bytes in
                for name in batch.names {
                    let all = bytes[name.start..<name.start + name.length]
                    let stem = UnsafeRawBufferPointer(rebasing: all.prefix(name.split.stemLength))
                    let suffix =
                        name.split.literal.flatMap { self.literals[$0] }
                        ?? state.contents.suffixes.intern(all.dropFirst(name.split.stemLength))
                    if name.kind == .regular {
                        state.summary.named += 1
                        state.contents.files.insert(stem, suffix: suffix, directory: number)
                    } else {
                        state.contents.obstacles[name.kind, default: StemTable()]
                            .insert(stem, suffix: suffix, directory: number)
                    }
                }
            }
        }
    }

    func result() -> (ArchiveIndex.Contents, ArchiveIndex.Summary) {
        self.state.withLock { ($0.contents, $0.summary) }
    }
}

/// Names of one directory that end in a wanted suffix, on their way into the index.
private struct NameBatch {
    struct Name {
        var start: Int
        var length: Int
        var split: WantedSuffixes.Split
        var kind: FileKind
    }

    var names: [Name] = []
    var bytes: [UInt8] = []
    /// Regular files, those of other names included.
    var files = 0
    var undecodable = 0

    mutating func removeAll() {
        self.names.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
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
        self.handOver()
        self.directory = directory
    }

    mutating func visit(_ entry: DirectoryEntry) {
        if entry.kind == .regular { self.batch.files += 1 }
        guard let split = self.build.wanted.split(entry.name) else { return }
        guard Self.isUTF8(entry.name) else {
            self.batch.undecodable += 1
            return
        }
        self.batch.names.append(
            NameBatch.Name(start: self.batch.bytes.count, length: entry.name.count, split: split, kind: entry.kind))
        self.batch.bytes.append(contentsOf: entry.name)
        if self.batch.names.count == 2048 { self.handOver() }
    }

    mutating func finish() {
        self.handOver()
    }

    private mutating func handOver() {
        if self.batch.files > 0 || !self.batch.names.isEmpty || self.batch.undecodable > 0 {
            self.build.add(self.batch, in: self.directory)
        }
        self.batch.removeAll()
    }

    private static func isUTF8(_ name: UnsafeRawBufferPointer) -> Bool {
        name.allSatisfy { $0 < 0x80 } || String(validating: name, as: UTF8.self) != nil
    }
}
