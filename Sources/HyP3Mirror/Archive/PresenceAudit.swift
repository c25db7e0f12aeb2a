import FoundationEssentials
import Synchronization

/// Holds the files of the jobs that HyP3 still has against the sizes on record: what a copy cut short, or a full disk of
/// another program left half, is in the archive by its name alone.
///
/// Only jobs of the last weeks are looked at, so that a run that finds nothing new need not ask for a million files.
struct PresenceAudit: Sendable {
    /// HyP3 keeps most products 14 days.
    private static let horizon: TimeInterval = 30 * 86400
    private static let mostJobs = 20_000
    /// As for reading directories: a network share answers each question with a round trip.
    private static let threads = DirectoryScan.defaultThreads

    /// Files of one job whose size no manifest knows.
    struct Unrecorded: Sendable {
        let job: Job
        /// Paths below the project's directory, with the sizes in bytes.
        var files: [(path: String, size: Int64)]
    }

    struct Findings: Sendable {
        var broken: [BrokenFile] = []
        var unrecorded: [Unrecorded] = []
    }

    private let index: ArchiveIndex
    private let shard: Shard?
    private let layout: Layout
    private let now: Date
    private var jobs: [Job] = []

    init(_ index: ArchiveIndex, shard: Shard?, layout: Layout = .flat, now: Date) {
        self.layout = layout
        self.index = index
        self.shard = shard
        self.now = now
    }

    /// Takes those of the jobs that are to be looked at and have files in the archive.
    mutating func add(_ jobs: [Job]) {
        for job in jobs where self.jobs.count < Self.mostJobs && self.isRecent(job) {
            func isHeld(_ stem: String) -> Bool { self.index.number(ofStem: stem) != nil }
            // The plan has parted the job already; nearly always its files' own names tell.
            if Self.listedStems(of: job).contains(where: isHeld) || Self.partStems(of: job).contains(where: isHeld) {
                self.jobs.append(job)
            }
        }
    }

    private func isRecent(_ job: Job) -> Bool {
        guard job.status == .succeeded, job.requestTime > self.now - Self.horizon else { return false }
        if let deletion = job.expires, deletion <= self.now { return false }
        return self.shard?.contains(jobID: job.id) ?? true
    }

    /// What the names of the job's products may begin with.
    private static func stems(of job: Job) -> Set<String> {
        Set(self.listedStems(of: job)).union(self.partStems(of: job))
    }

    private static func listedStems(of job: Job) -> some Collection<String> {
        job.files.lazy.map { file in
            file.filename.lastIndex(of: ".").map { String(file.filename[..<$0]) } ?? file.filename
        }
    }

    private static func partStems(of job: Job) -> [String] {
        JobPart.parts(of: job).compactMap { ProductNaming.uncheckedStem(of: $0.job) }
    }

    /// Reads the ends of the manifests, and asks the file system for the sizes. Blocks.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    func run(_ project: ProjectDirectory, stop: StopFlag) throws -> Findings {
        if self.jobs.isEmpty { return Findings() }
        let recorded = try self.recordedSizes(project, stop: stop)
        let findings = Mutex(Findings())
        let next = Atomic(0)
        runOnThreads(min(Self.threads, self.jobs.count)) {
            while !stop.isRaised {
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < self.jobs.count else { return }
                self.look(at: self.jobs[number], project, recorded, findings)
            }
        }
        if stop.isRaised { throw CancellationError() }
        return findings.withLock { found in
            found.broken.sort { $0.path < $1.path }
            found.unrecorded.sort { $0.job.id < $1.job.id }
            return found
        }
    }

    /// Bytes of what is on record, by `ByteStrings.hash` of the path.
    private func recordedSizes(_ project: ProjectDirectory, stop: StopFlag) throws -> [UInt64: Int64] {
        var stems: Set<Int> = []
        for stem in self.jobs.lazy.flatMap({ Self.stems(of: $0) }) {
            if let number = self.index.number(ofStem: stem) { stems.insert(number) }
        }
        var sizes: [UInt64: Int64] = [:]
        // A product is archived after its job was ordered; the day is for clocks that differ.
        let since = self.now - Self.horizon - 86400
        try ManifestReader(project: project, stop: stop).readNewest(since: since) { line in
            line.withPath { path in
                guard let name = self.index.name(ArchiveIndex.split(path: path).name), stems.contains(name.stem) else {
                    return
                }
                let key = ByteStrings.hash(path)
                if sizes[key] == nil { sizes[key] = line.size }
            }
        }
        return sizes
    }

    private func look(
        at job: Job,
        _ project: ProjectDirectory,
        _ recorded: [UInt64: Int64],
        _ findings: borrowing Mutex<Findings>
    ) {
        var unrecorded = Unrecorded(job: job, files: [])
        for path in Self.stems(of: job).flatMap({ self.index.paths(stem: $0) }) {
            if self.layout.namesJobs, JobsInPath.isOfAnother(than: job.id, SystemCalls.parent(of: path).utf8) {
                continue
            }
            let broken: BrokenFile
            do {
                guard let size = try SystemCalls.size(of: project.path(of: path)) else { continue }
                guard let expected = recorded[ByteStrings.hash(path)] else {
                    // Of several under one name it may be another job's.
                    let copies = self.index.directories(stem: SystemCalls.name(of: path), suffix: "").count
                    if self.layout.partsJobs, copies > 1 { continue }
                    unrecorded.files.append((path, size))
                    continue
                }
                if size == expected { continue }
                broken = BrokenFile(path, of: job, size: size, expected: expected, by: .manifest)
            } catch {
                broken = BrokenFile(path, of: job, error)
            }
            findings.withLock { $0.broken.append(broken) }
        }
        if !unrecorded.files.isEmpty {
            let found = unrecorded
            findings.withLock { $0.unrecorded.append(found) }
        }
    }
}
