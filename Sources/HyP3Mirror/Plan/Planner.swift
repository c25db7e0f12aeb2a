import FoundationEssentials

/// Decides what is to become of each wanted product. Pure: jobs, index and policy in, plan out.
///
/// Takes jobs page by page in any order. A job of which nothing need be said (`keeping`) costs some 150 bytes, however
/// many products it has.
package struct Planner: Sendable {
    /// Which products a plan can name afterwards; the others are only counted.
    package enum Keeping: Sendable {
        /// Those that a run acts on or reports.
        case work
        /// All.
        case all

        /// - Parameter reason: nil where it follows from the state; a job that failed needs no more said.
        func keeps(_ state: ProductState, _ reason: String?) -> Bool {
            switch state {
            case .fetch, .lost, .missing, .unknown, .absent, .damaged, .duplicateName, .unsafeName: true
            case .failed: self == .all || reason != nil
            case .present, .notProduced, .unfinished, .expired: self == .all
            }
        }
    }

    private var judge: ProductJudge
    let keeping: Keeping
    /// Ids of the jobs seen, excluded ones too; a job's number is its place here.
    var jobs = ByteStrings()
    /// By the job's number.
    var requestTimes: [Date] = []
    /// Parts of the jobs that are planned; a part's number is its place here.
    var parts: [Part] = []
    var claims: NameClaims
    var kept: [Plan.KeptJob] = []
    /// Jobs that HyP3 still has with products that are in the archive by their names, by the number of the part: whether
    /// these are theirs is settled at the end. Empty where all products are kept.
    var held: [Int: Plan.KeptJob] = [:]
    /// Parts with a file that is not where the layout puts it.
    private var misplaced: Set<Int> = []
    var counts: [ProductState: Int] = [:]
    private var excluded: [Exclusion: Int] = [:]
    var oldestUnfinished: Date?
    var evidence: SuffixEvidence

    package init(
        policy: PlanPolicy,
        index: ArchiveIndex,
        memory: (any AbsenceMemory)? = nil,
        keeping: Keeping = .work
    ) {
        self.judge = ProductJudge(policy, index, memory)
        self.keeping = keeping
        self.claims = NameClaims(policy.suffixes)
        self.evidence = SuffixEvidence(policy.suffixes)
    }

    /// Decides by this instant what has expired; to be called before the first job is added.
    mutating func judgeExpiry(at now: Date) {
        var policy = self.policy
        policy.now = now
        self.judge = ProductJudge(policy, self.index, self.judge.memory)
    }

    var policy: PlanPolicy { self.judge.policy }
    var index: ArchiveIndex { self.judge.index }

    /// Jobs that could not be read, and are in no plan.
    mutating func note(unreadable: Int) { self.evidence.unreadableJobs = unreadable }

    /// Plans the products of one job. A job that was added before is ignored.
    package mutating func add(_ job: Job) {
        let number = self.jobs.intern(job.id)
        if number < self.requestTimes.count { return }
        self.requestTimes.append(job.requestTime)
        // Of an unfinished job nothing is sure but which suffixes are wanted.
        let all = job.status == .succeeded ? JobPart.parts(of: job) : [JobPart(job: job, isListedOnly: false)]
        let parts = all.filter { self.policy.exclusion(of: $0.job) == nil }
        if parts.isEmpty, let exclusion = self.policy.exclusion(of: all[0].job) {
            self.excluded[exclusion, default: 0] += 1
            if exclusion == .acquisitionUnknown { self.evidence.leaveOut(job, exclusion.reason(self.policy)) }
            return
        }
        if !job.isFinal(at: self.policy.now) {
            self.oldestUnfinished = min(self.oldestUnfinished ?? job.requestTime, job.requestTime)
        }
        self.evidence.begin(job)
        let wanted = WantedOfJob(job, parts: parts, templates: self.policy.suffixes)
        for place in parts.indices { self.add(place, of: wanted, job: number) }
    }

    private mutating func add(_ place: Int, of wanted: WantedOfJob, job jobNumber: Int) {
        let job = wanted.parts[place].job
        let judge = self.judge
        let number = self.parts.count
        let root = JobNames.uncheckedRoot(of: job)
        let stem = root?.stem
        let directory = judge.directory(of: job, stem: stem)
        self.parts.append(
            Part(
                job: jobNumber,
                object: root.map { NameContest.object(at: $0.url) } ?? 0,
                directory: directory.map { ByteStrings.hash(String($0.dropLast())) } ?? 0,
                isGone: job.expires.map { $0 <= judge.policy.now } ?? false
            )
        )
        var held: [Plan.Row] = []
        var names: JobNames?
        var kept: [Plan.Row] = []
        var planned: [String] = []
        let suffixes = judge.policy.suffixes
        for (template, suffix) in suffixes.enumerated() {
            let filled = wanted.fillings[template]
            if case .suffix(let text) = filled, !suffix.parameters.isEmpty {
                // Two templates may come to the same name.
                if planned.contains(text) || suffixes.contains(where: { $0.text == text }) { continue }
                planned.append(text)
            }
            for own in wanted.suffixes(template, of: place, stem: stem) {
                let verdict = judge.verdict(on: suffix, filled, own, of: job, stem, directory, &names)
                let (state, reason) = (verdict.state, verdict.reason)
                self.counts[state, default: 0] += 1
                let isProven = judge.isProven(state, filled, own, of: job, stem: stem)
                self.evidence.add(state, reason, template: template, isProven: isProven)
                if state == .present || state == .fetch, let stem, case .suffix(let text) = filled {
                    self.claims.add(stem: stem, suffix: own ?? text, job: number)
                    if state == .present {
                        held.append(Plan.Row(template: template, state: state, reason: reason, suffix: own))
                        if !verdict.isInPlace { self.misplaced.insert(number) }
                    }
                }
                if self.keeping.keeps(state, reason) {
                    kept.append(Plan.Row(template: template, state: state, reason: reason, suffix: own))
                }
            }
        }
        if !kept.isEmpty {
            let names = names ?? self.policy.naming.names(of: job)
            self.kept.append(Plan.KeptJob(names: names, number: number, stem: stem, rows: kept))
        }
        guard self.keeping == .work, !held.isEmpty, !self.parts[number].isGone else { return }
        // What lies elsewhere may be another job's, and is then to be fetched.
        guard self.held.count < Self.mostHeld || self.misplaced.contains(number) else { return }
        self.held[number] = Plan.KeptJob(
            names: names ?? self.policy.naming.names(of: job),
            number: number,
            stem: stem,
            rows: held
        )
    }

    /// The plan of all jobs added.
    ///
    /// - Parameter owners: of the files that `owners(by:)` asks for.
    consuming func finish(_ owners: [UInt64: RecordedOwner] = [:]) -> Plan {
        self.settleSharedNames(owners)
        self.kept.sort()
        return Plan(
            jobs: self.requestTimes.count,
            counts: self.counts.filter { $0.value > 0 },
            excluded: self.excluded,
            oldestUnfinished: self.oldestUnfinished,
            newestRequest: self.requestTimes.max(),
            policy: self.policy,
            index: self.index,
            kept: self.kept,
            evidence: self.evidence
        )
    }
}

extension Planner {
    /// Plans the jobs of a page, and keeps all parameters of those that have something to fetch or lost something, for the
    /// records.
    package mutating func add(_ page: JobPage) {
        let (before, firstPart) = (self.kept.count, self.parts.count)
        for job in page.jobs { self.add(job) }
        self.evidence.note(page)
        let added = self.kept[before...].filter { kept in
            kept.rows.contains { $0.state == .fetch || $0.state == .lost }
        }
        let misplaced = (firstPart..<self.parts.count).compactMap { self.misplaced.contains($0) ? self.held[$0] : nil }
        guard !added.isEmpty || !misplaced.isEmpty else { return }
        let ids = Set((added + misplaced).map(\.job.id))
        let complete = page.jobs(keepingParametersOf: { ids.contains($0.id) }).filter { ids.contains($0.id) }
        let byID = Dictionary(complete.map { ($0.id, $0) }) { first, _ in first }
        func completed(_ part: Job) -> Job {
            guard let job = byID[part.id] else { return part }
            return job.files.count == part.files.count ? job : job.with(files: part.files)
        }
        for index in before..<self.kept.count { self.kept[index].names.job = completed(self.kept[index].job) }
        for kept in misplaced { self.held[kept.number]?.names.job = completed(kept.job) }
    }
}
