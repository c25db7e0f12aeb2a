import FoundationEssentials
import Synchronization

/// Reads files of an archive again and holds them against the manifests, several at once, and takes down in `verified.jsonl`
/// how it went. It changes no product.
struct Verification: Sendable {
    let project: ProjectDirectory
    let known: KnownFiles
    let index: ArchiveIndex
    let pace: ReadingPace
    /// This machine's clock.
    let now: @Sendable () -> Date

    /// Two a core: while one waits for the disk, the other digests. More readers would make a disk seek.
    static let threads = max(2, min(16, 2 * ProcessInfo.processInfo.activeProcessorCount))
    /// Bytes that all of them hold at once.
    private static let room = 16 << 20

    /// What is shared by the threads.
    private struct State: ~Copyable {
        var log: LineFile
        var lines: [UInt8] = []
        var written = ContinuousClock.now
        var failure: (any Error)?
    }

    /// Lines are written after so long, or so many bytes of them: a kill costs no more.
    private static let interval = Duration.seconds(2)
    private static let batch = 64 << 10

    /// Looks at products, in this order. Blocks.
    ///
    /// - Parameters:
    ///   - due: places in `known.all`.
    ///   - onBytes: called as bytes are read, from any thread.
    ///   - onFinding: called with each product, one at a time, from any thread.
    /// - Throws: `CancellationError`, `FilesystemError` where the archive is gone or the log cannot be written,
    ///   `ChecksumError`. What was found until then is taken down.
    func run(
        _ due: [Int32],
        stop: StopFlag,
        onBytes: @escaping @Sendable (Int) -> Void,
        onFinding: @escaping @Sendable (FileFinding) -> Void
    ) throws {
        let lines = try ManifestLines(self.known.manifests)
        let state = Mutex(State(log: try LineFile(self.project.verified)))
        let next = Atomic(0)
        runOnThreads(min(Self.threads, max(1, due.count))) {
            do {
                let digester = try FileDigester(
                    room: min(4 << 20, Self.room / Self.threads),
                    self.pace,
                    stop: stop,
                    onBytes: onBytes
                )
                while state.withLock({ $0.failure == nil }) {
                    try stop.check()
                    let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard number < due.count else { return }
                    let known = self.known.all[Int(due[number])]
                    guard let entry = try lines.entry(at: known.place) else { continue }
                    let finding = try self.look(at: entry, known, digester)
                    try state.withLock { state in
                        try self.note(finding, &state)
                        onFinding(finding)
                    }
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
        try state.withLock { state in
            try state.log.append(state.lines)
            if let failure = state.failure { throw failure }
        }
    }

    private func note(_ finding: FileFinding, _ state: inout State) throws {
        let line = VerificationEntry(
            path: finding.path,
            result: finding.result,
            verified: self.now(),
            modified: finding.found?.modified
        )
        state.lines += try JSONLines.encode([line])
        guard state.lines.count >= Self.batch || state.written.duration(to: .now) >= Self.interval else { return }
        try state.log.append(state.lines)
        state.lines.removeAll(keepingCapacity: true)
        state.written = .now
    }

    private func look(
        at entry: ManifestEntry,
        _ known: KnownFiles.Known,
        _ digester: FileDigester
    ) throws -> FileFinding {
        let last = FileState(
            size: entry.size,
            modified: known.modified >= 0 ? known.modified : entry.modified,
            sha256: entry.sha256
        )
        func judged(_ path: String) throws -> FileFinding? {
            do {
                let found = try digester.state(of: self.project.path(of: path), size: entry.size)
                return found.map {
                    FileFinding(entry, at: path, found: $0, last: last, archived: Int64(known.archived))
                }
            } catch let error as FilesystemError {
                return FileFinding(unreadable: entry, at: path, error)
            }
        }
        if let finding = try judged(entry.path) { return finding }
        var others: [FileFinding] = []
        for path in self.index.paths(ofFile: SystemCalls.name(of: entry.path)) where !self.known.contains(path) {
            guard let other = try judged(path) else { continue }
            if other.result == .intact { return other }
            others.append(other)
        }
        if let other = others.first { return other }
        // Of an archive that was unmounted nothing is known.
        try SystemCalls.requireOwnDirectory(self.project.state)
        let hidden = self.index.unseen.hideNothing ? nil : self.index.summary.unseen.first(where: \.mayHoldProducts)
        return FileFinding(missing: entry, hidden: hidden)
    }
}
