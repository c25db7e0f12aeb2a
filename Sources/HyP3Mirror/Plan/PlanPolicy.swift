package import FoundationEssentials

/// What a project wants, as far as the plan depends on it.
package struct PlanPolicy: Sendable {
    /// The wanted suffixes, none twice.
    package let suffixes: [SuffixTemplate]
    package let naming: ProductNaming
    /// Only jobs requested then are wanted; HyP3 was asked for no others.
    package var requested = ProjectSettings.Window()
    /// Jobs requested before that were final at the last complete run, and HyP3 was not asked for them; nil in a run that
    /// lists everything.
    package var listedFrom: Date?
    /// Only products acquired then are wanted.
    package let acquired: ProjectSettings.Window
    /// Only jobs of this part are wanted.
    package let shard: Shard?
    /// The instant that decides what has expired.
    package internal(set) var now: Date
    /// What expired since the first of them may be lost; what expired earlier is history.
    package let earlier: EarlierRuns

    package init(
        suffixes: [SuffixTemplate],
        naming: ProductNaming = ProductNaming(layout: .flat),
        acquired: ProjectSettings.Window = .init(),
        shard: Shard? = nil,
        now: Date,
        earlier: EarlierRuns = EarlierRuns()
    ) {
        var distinct: [SuffixTemplate] = []
        for suffix in suffixes where !distinct.contains(suffix) { distinct.append(suffix) }
        self.suffixes = distinct
        self.naming = naming
        self.acquired = acquired
        self.shard = shard
        self.now = now
        self.earlier = earlier
    }

    package init(_ settings: ProjectSettings, now: Date, earlier: EarlierRuns = EarlierRuns()) {
        self.init(
            suffixes: settings.suffixes,
            naming: ProductNaming(layout: settings.layout),
            acquired: settings.acquired,
            shard: settings.shard,
            now: now,
            earlier: earlier
        )
        self.requested = settings.requested
    }
}

extension PlanPolicy {
    /// Why the job is left out; nil where it is not.
    func exclusion(of job: Job) -> Exclusion? {
        if let shard = self.shard, !shard.contains(jobID: job.id) { return .shard }
        let window = self.acquired
        if window == ProjectSettings.Window() { return nil }
        if let acquired = ProductNaming.uncheckedStem(of: job).flatMap({ AcquisitionTime.earliest(in: $0) }) {
            return window.contains(acquired) ? nil : .acquisition
        }
        // A job without files has no name yet that could tell; it is not left out for that.
        return job.files.isEmpty ? nil : .acquisitionUnknown
    }
}

extension Plan {
    /// What HyP3 was not asked for, and which jobs were left out of what it listed: a sentence each, with the times as
    /// resolved.
    package var omissions: [String] {
        var omissions: [String] = []
        if let from = self.policy.listedFrom {
            omissions.append("not listed: jobs requested before \(CivilTime(from).text) (--incremental)")
        } else if let start = self.policy.requested.start {
            omissions.append("not listed: jobs requested before \(CivilTime(start).text) (--start)")
        }
        if let end = self.policy.requested.end {
            omissions.append("not listed: jobs requested after \(CivilTime(end).text) (--end)")
        }
        for exclusion in Exclusion.allCases {
            guard let jobs = self.excluded[exclusion] else { continue }
            omissions.append("\(Count.of(jobs, "job")) left out: \(exclusion.reason(self.policy))")
        }
        return omissions
    }
}
