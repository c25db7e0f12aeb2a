package import FoundationEssentials

/// What the earlier runs of a query say about products that are gone upstream and not in the archive.
package struct EarlierRuns: Sendable, Hashable {
    /// Of runs that each were about other times, as `--start` and `--end` together make them, the latest count.
    private static let most = 64

    /// What runs about one part of the jobs say.
    private struct Part: Sendable, Hashable {
        /// Nil means all jobs.
        let shard: Shard?
        /// The last complete one.
        let complete: RunRecord?
        let planned: [RunRecord]

        func isAbout(_ job: Job) -> Bool { self.shard?.contains(jobID: job.id) ?? true }
    }

    private var parts: [Part]

    /// The last complete one about the part of the jobs that is asked about.
    package var complete: RunRecord? { self.parts.first?.complete }

    /// - Parameters:
    ///   - complete: the last complete one.
    ///   - records: in the order they ran; those without a plan say nothing.
    ///   - shard: the part of the jobs that they all were about; nil means all.
    package init(complete: RunRecord? = nil, _ records: some Sequence<RunRecord> = [], of shard: Shard? = nil) {
        var kept: [RunRecord] = []
        for run in records where run.hadPlan && !kept.contains(where: { $0.covers(run) }) {
            kept.append(run)
            if kept.count > Self.most { kept.removeFirst() }
        }
        self.parts = [Part(shard: shard, complete: complete, planned: kept)]
    }

    /// Adds what runs about another part of the jobs say.
    mutating func add(_ other: EarlierRuns) { self.parts += other.parts }

    /// Whether a product that HyP3 deleted, that is not in the archive and not known to be absent got lost.
    ///
    /// That is what an earlier run planned to fetch, or would have planned had it known the job: HyP3 deleted it later than
    /// that run, which wanted its suffix and was about its request time. Not what a complete run has settled.
    func hasLost(_ suffix: SuffixTemplate, of job: Job, deletion: Date) -> Bool {
        let parts = self.parts.filter { $0.isAbout(job) }
        if parts.contains(where: { $0.complete?.hasSettled(suffix, of: job) ?? false }) { return false }
        return parts.contains { part in
            part.planned.contains {
                $0.started < deletion && $0.suffixes[suffix.text] != nil && $0.isAbout(job)
            }
        }
    }
}

/// What follows from a run that listed and planned the jobs of its query, whatever came of it: what existed then, or came
/// later, was this archive's to keep.
extension RunRecord {
    fileprivate var hadPlan: Bool { self.isPlanned ?? self.isComplete }

    fileprivate func isAbout(_ job: Job) -> Bool {
        job.requestTime >= self.requestedFrom ?? .distantPast && job.requestTime <= self.requestedTo ?? .distantFuture
    }

    /// Whether nothing follows from `later` that does not follow from this.
    fileprivate func covers(_ later: RunRecord) -> Bool {
        self.started <= later.started && later.suffixes.keys.allSatisfy { self.suffixes[$0] != nil }
            && self.requestedFrom ?? .distantPast <= later.requestedFrom ?? .distantPast
            && self.requestedTo ?? .distantFuture >= later.requestedTo ?? .distantFuture
    }
}

/// What is sure since a complete run: each job that was final then is archived, as far as it had products.
extension RunRecord {
    /// Jobs submitted before were final at this run and need not be looked at again; nil where none can be left out.
    ///
    /// The newest job counts besides this machine's clock, which may be wrong. The day of overlap is for jobs that
    /// appear late, and for seconds of difference between clocks.
    package var mattersFrom: Date? {
        guard let newest = self.newestRequest else { return nil }
        return min(self.started, newest, self.openSince ?? .distantFuture).addingTimeInterval(-86400)
    }

    /// Whether every product of that suffix that the job had was archived by this run or an earlier one, as far as it
    /// existed: what is missing of it now was taken out of the archive since.
    fileprivate func hasSettled(_ suffix: SuffixTemplate, of job: Job) -> Bool {
        guard self.suffixes[suffix.text] != nil, job.requestTime >= self.requestedFrom ?? .distantPast else {
            return false
        }
        return self.mattersFrom.map { job.requestTime < $0 } ?? false
    }
}
