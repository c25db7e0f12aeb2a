package import FoundationEssentials

/// A run that listed and planned the jobs of its query, whatever came of it: what existed then, or came later, was this
/// archive's to keep.
package struct PlannedRun: Sendable, Hashable {
    /// When it started (UTC).
    package var started: Date
    /// The suffixes it wanted, as configured.
    package var suffixes: Set<String>
    /// The request times it was about; nil is open.
    package var requestedFrom: Date?
    package var requestedTo: Date?

    package init(started: Date, suffixes: Set<String>, requestedFrom: Date? = nil, requestedTo: Date? = nil) {
        self.started = started
        self.suffixes = suffixes
        self.requestedFrom = requestedFrom
        self.requestedTo = requestedTo
    }

    func isAbout(_ job: Job) -> Bool {
        job.requestTime >= self.requestedFrom ?? .distantPast && job.requestTime <= self.requestedTo ?? .distantFuture
    }

    /// Whether nothing follows from `later` that does not follow from this.
    fileprivate func covers(_ later: PlannedRun) -> Bool {
        self.started <= later.started && self.suffixes.isSuperset(of: later.suffixes)
            && self.requestedFrom ?? .distantPast <= later.requestedFrom ?? .distantPast
            && self.requestedTo ?? .distantFuture >= later.requestedTo ?? .distantFuture
    }
}

/// What the earlier runs of a query say about products that are gone upstream and not in the archive.
package struct EarlierRuns: Sendable, Hashable {
    /// Of runs that each were about other times, as `--start` and `--end` together make them, the latest count.
    private static let most = 64

    /// The last complete one.
    package let complete: CompleteRun?
    private let planned: [PlannedRun]

    /// - Parameter planned: in the order they ran.
    package init(complete: CompleteRun? = nil, planned: some Sequence<PlannedRun> = []) {
        self.complete = complete
        var kept: [PlannedRun] = []
        for run in planned where !kept.contains(where: { $0.covers(run) }) {
            kept.append(run)
            if kept.count > Self.most { kept.removeFirst() }
        }
        self.planned = kept
    }

    /// Whether a product that HyP3 deleted, that is not in the archive and not known to be absent got lost.
    ///
    /// That is what an earlier run planned to fetch, or would have planned had it known the job: HyP3 deleted it later than
    /// that run, which wanted its suffix and was about its request time. Not what a complete run has settled.
    func hasLost(_ suffix: SuffixTemplate, of job: Job, deletion: Date) -> Bool {
        if self.complete?.hasSettled(suffix, of: job) ?? false { return false }
        return self.planned.contains { $0.started < deletion && $0.suffixes.contains(suffix.text) && $0.isAbout(job) }
    }
}
