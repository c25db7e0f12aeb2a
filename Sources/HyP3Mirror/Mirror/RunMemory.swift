import FoundationEssentials

/// What earlier runs of a project left for this one, and what this one leaves: `absent.jsonl` and `runs.jsonl`.
package struct RunMemory: Sendable {
    private let project: ProjectDirectory
    package private(set) var absences: AbsenceBook
    package let history: RunHistory
    /// Of runs about all jobs or other parts of them, which have jobs in common with this one's.
    private let otherHistories: [(shard: Shard?, runs: RunHistory)]
    /// Of the plan of this run; nil before there is one.
    private var planned: (openSince: Date?, newestRequest: Date?)?
    /// Where this run began to list; nil means at the beginning.
    private var listedFrom: Date?
    /// When products that are missing now were archived, by the hash of their names.
    private var archived: [UInt64: Date] = [:]

    /// What this run has met.
    private var met = EverMet()

    /// Histories of other parts that are read at most: that of whole runs, which comes first, and those of some shards.
    private static let mostHistories = 64

    /// Blocks.
    /// - Throws: `FilesystemError`; a file that is missing or damaged is no error.
    init(_ project: ProjectDirectory, stop: StopFlag = StopFlag()) throws {
        self.project = project
        // A whole run knows what shards learned, and a shard what a whole run did.
        self.absences = try AbsenceBook(reading: try project.parts(with: "absent").map(\.absent), stop: stop)
        self.history = try RunHistory(reading: project.runs, stop: stop)
        let others = try project.parts(with: "runs").filter { other in
            other.shard != project.shard && (other.shard == nil || other.shard?.count != project.shard?.count)
        }
        let ordered = others.filter { $0.shard == nil } + others.filter { $0.shard != nil }
        self.otherHistories = try ordered.prefix(Self.mostHistories).map { other in
            (other.shard, try RunHistory(reading: other.runs, stop: stop))
        }
    }

    /// What earlier runs of the query say, whatever part of the jobs they were about.
    func earlierRuns(_ query: String, now: Date) -> EarlierRuns {
        var earlier = self.history.earlierRuns(query, now: now, of: self.project.shard)
        for (shard, runs) in self.otherHistories { earlier.add(runs.earlierRuns(query, now: now, of: shard)) }
        return earlier
    }

    /// Decides where the listing of a run that starts now begins; nil means at the beginning of the query.
    mutating func beginListing(_ settings: ProjectSettings, now: Date) -> Date? {
        self.listedFrom = nil
        if settings.isIncremental {
            self.listedFrom = self.history.listingStart(
                query: settings.queryKey,
                suffixes: settings.suffixes.map(\.text),
                requestedFrom: settings.requested.start,
                fullEvery: settings.fullEvery,
                now: now
            )
        }
        return self.listedFrom
    }

    /// What this run and those before it have met of what is wanted.
    func met(_ settings: ProjectSettings) -> EverMet {
        var met = self.history.met(settings.jobsKey)
        met.formUnion(self.met)
        return met.about(settings.suffixes)
    }

    /// Takes down what this run has met.
    mutating func record(_ met: EverMet) { self.met.formUnion(met) }

    /// Takes the plan of this run down.
    ///
    /// - Returns: lost products that were not known to be.
    mutating func record(_ plan: Plan, now: Date) -> [PlannedProduct] {
        self.planned = (plan.oldestUnfinished, plan.newestRequest)
        guard plan.count(.lost) > 0 else { return [] }
        var found: [PlannedProduct] = []
        for planned in plan.products([.lost]) where self.absences.recordLost(planned.product, now: now) {
            found.append(planned)
        }
        return found
    }

    /// Says of each product that is missing from the archive when it was archived, and of each that would be told as lost
    /// whether it was archived once: the manifest knows. It is read only where an earlier run has not told. Blocks.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    mutating func explain(_ plan: Plan, stop: StopFlag) throws -> Plan {
        guard plan.count(.lost) + plan.count(.missing) > 0 else { return plan }
        var untold: Set<UInt64> = []
        for planned in plan.products([.lost, .missing])
        where !self.absences.isTold(planned.product, as: planned.state == .lost ? .lost : .missing) {
            untold.insert(ByteStrings.hash(planned.file))
        }
        self.archived = try ManifestReader(project: self.project, stop: stop).archivedDates(untold)
        return plan.explaining(archived: self.archived)
    }

    /// Takes down what is missing from the archive.
    ///
    /// - Returns: those that were not known to be.
    mutating func recordMissing(_ plan: Plan, now: Date) -> [PlannedProduct] {
        guard plan.count(.missing) > 0 else { return [] }
        var found: [PlannedProduct] = []
        for planned in plan.products([.missing]) {
            let archived = self.archived[ByteStrings.hash(planned.file)]
            if self.absences.recordMissing(planned.product, archived: archived, now: now) { found.append(planned) }
        }
        return found
    }

    /// Takes down those of the products that can never be archived.
    ///
    /// - Returns: those of them that are to be told now.
    mutating func recordUnusable(_ products: some Sequence<PlannedProduct>, now: Date) -> [UnusableProduct] {
        var found: [UnusableProduct] = []
        for planned in products where planned.isUnusable {
            let telling = self.absences.recordUnusable(planned.product, reason: planned.reason, now: now)
            guard let telling else { continue }
            found.append(UnusableProduct(product: planned, isNew: telling == .first))
        }
        return found
    }

    /// Takes down the jobs that cannot be read. A shard does so of its own.
    ///
    /// - Returns: nil where none of them is to be told now.
    mutating func recordUnreadable(_ jobs: FirstFew, now: Date) -> UnreadableJobs? {
        var (new, isToBeTold) = (0, false)
        for key in jobs.keys where self.project.shard?.contains(jobID: key) ?? true {
            guard let telling = self.absences.recordUnreadable(job: key, now: now) else { continue }
            isToBeTold = true
            if telling == .first { new += 1 }
        }
        if jobs.isOverfull { (new, isToBeTold) = (max(1, new), true) }
        return isToBeTold ? UnreadableJobs(jobs: jobs, new: new) : nil
    }

    /// Takes down what a fetch proved.
    mutating func record(_ outcome: FetchOutcome, now: Date) {
        switch outcome.result {
        case .archived: self.absences.forget(outcome.product)
        case .left: break
        case .failed(let failure):
            switch failure.kind {
            case .absent(let proof): self.absences.recordAbsent(outcome.product, proof, now: now)
            case .damagedUpstream: self.absences.recordDamaged(outcome.product, now: now)
            case .expired where outcome.product.isQuicklook: break
            case .expired: _ = self.absences.recordLost(outcome.product, now: now)
            default: break
            }
        }
    }

    /// A job requested then is to be listed again: something beside its products is still to be had.
    mutating func keepOpen(since requested: Date) {
        guard let planned = self.planned else { return }
        self.planned?.openSince = min(planned.openSince ?? requested, requested)
    }

    /// Writes what the run leaves to later ones. Blocks; call under the run lock.
    ///
    /// - Parameters:
    ///   - report: of the run that ends.
    ///   - started: when it started; what it planned by.
    func save(_ report: RunReport, _ settings: ProjectSettings, started: Date) throws {
        if self.absences.isChanged {
            let lines = try self.absences.lines(
                shard: self.project.shard,
                settledBefore: self.history.lastComplete(settings.queryKey, now: started)?.mattersFrom,
                now: started
            )
            try replaceFile(at: self.project.absent, with: lines, through: self.project.absent + ".new")
            _ = try SystemCalls.synchronizeDirectory(self.project.state)
        }
        let record = self.runRecord(report, settings, started: started)
        try LineFile(self.project.runs).append(try JSONLines.encode([record]))
        // Where it does not succeed, the next run will.
        try? RunHistory.thin(self.project.runs, now: started)
    }

    private func runRecord(_ report: RunReport, _ settings: ProjectSettings, started: Date) -> RunRecord {
        let query = settings.queryKey
        var record = RunRecord(
            started: started,
            ended: report.ended,
            exit: report.exitCode.rawValue,
            isComplete: self.planned != nil && settings.requested.end == nil && report.failedAtNothing,
            isFull: self.listedFrom == nil,
            query: query
        )
        record.bytesFetched = report.bytesFetched
        record.met = self.met(settings)
        record.requestedFrom = settings.requested.start
        record.requestedTo = settings.requested.end
        record.listedFrom = self.listedFrom
        record.isPlanned = self.planned != nil
        guard let planned = self.planned else { return record }
        guard record.isComplete else {
            let suffixes = settings.suffixes.map { ($0.text, record.started) }
            record.suffixes = Dictionary(suffixes) { first, _ in first }
            return record
        }
        record.suffixes = self.history.keptSince(settings.suffixes.map(\.text), query: query, started: started)
        record.openSince = [planned.openSince, self.absences.openSince(now: started)].compactMap(\.self).min()
        record.newestRequest = planned.newestRequest
        if self.listedFrom != nil, let before = self.history.lastComplete(query, now: started)?.newestRequest {
            record.newestRequest = max(before, planned.newestRequest ?? before)
        }
        return record
    }
}
