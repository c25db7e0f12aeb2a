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
        fileprivate func keeps(_ state: ProductState, _ reason: String?) -> Bool {
            switch state {
            case .fetch, .lost, .missing, .unknown, .absent, .damaged, .duplicateName, .unsafeName: true
            case .failed: self == .all || reason != nil
            case .present, .notProduced, .unfinished, .expired: self == .all
            }
        }
    }

    private var policy: PlanPolicy
    private let index: ArchiveIndex
    private let memory: (any AbsenceMemory)?
    private let keeping: Keeping
    /// Ids of the jobs seen, excluded ones too; a job's number is its place here.
    private var jobs = ByteStrings()
    /// By the job's number.
    private var requestTimes: [Date] = []
    /// Parts of the jobs that are planned; a part's number is its place here.
    private var parts: [(job: Int, place: UInt64)] = []
    private var claims: NameClaims
    private var kept: [Plan.KeptJob] = []
    private var counts: [ProductState: Int] = [:]
    private var excluded: [Exclusion: Int] = [:]
    private var oldestUnfinished: Date?
    private var evidence: SuffixEvidence

    package init(
        policy: PlanPolicy,
        index: ArchiveIndex,
        memory: (any AbsenceMemory)? = nil,
        keeping: Keeping = .work
    ) {
        self.policy = policy
        self.index = index
        self.memory = memory
        self.keeping = keeping
        self.claims = NameClaims(policy.suffixes)
        self.evidence = SuffixEvidence(policy.suffixes)
    }

    /// Decides by this instant what has expired; to be called before the first job is added.
    mutating func judgeExpiry(at now: Date) { self.policy.now = now }

    /// Jobs that could not be read, and are in no plan.
    mutating func note(unreadable: Int) { self.evidence.unreadableJobs = unreadable }

    /// Plans the products of one job. A job that was added before is ignored.
    package mutating func add(_ job: Job) {
        let number = self.jobs.intern(job.id)
        if number < self.requestTimes.count { return }
        self.requestTimes.append(job.requestTime)
        // Of an unfinished job nothing is sure but which suffixes are wanted.
        let all = job.status == .succeeded ? JobPart.parts(of: job) : [JobPart(job: job, isListedOnly: false)]
        let parts = all.filter { self.exclusion(of: $0.job) == nil }
        if parts.isEmpty, let exclusion = self.exclusion(of: all[0].job) {
            self.excluded[exclusion, default: 0] += 1
            if exclusion == .acquisitionUnknown { self.evidence.leaveOut(job, exclusion.reason(self.policy)) }
            return
        }
        if !job.isFinal { self.oldestUnfinished = min(self.oldestUnfinished ?? job.requestTime, job.requestTime) }
        self.evidence.begin(job)
        let wanted = WantedOfJob(job, parts: parts, templates: self.policy.suffixes)
        for place in parts.indices { self.add(place, of: wanted, job: number) }
    }

    private mutating func add(_ place: Int, of wanted: WantedOfJob, job jobNumber: Int) {
        let job = wanted.parts[place].job
        let number = self.parts.count
        self.parts.append((jobNumber, ByteStrings.hash(JobNames.rootURL(of: job) ?? "")))
        let stem = ProductNaming.uncheckedStem(of: job)
        var names: JobNames?
        var kept: [Plan.Row] = []
        var planned: [String] = []
        for template in self.policy.suffixes.indices {
            let suffix = self.policy.suffixes[template]
            let filled = wanted.fillings[template]
            if case .suffix(let text) = filled, !suffix.parameters.isEmpty {
                // Two templates may come to the same name.
                if planned.contains(text) || self.policy.suffixes.contains(where: { $0.text == text }) { continue }
                planned.append(text)
            }
            for own in wanted.suffixes(template, of: place, stem: stem) {
                let (state, reason) = self.verdict(on: suffix, filled, own, of: job, stem: stem, &names)
                self.counts[state, default: 0] += 1
                let isProven = self.isProven(state, filled, own, of: job, stem: stem)
                self.evidence.add(state, reason, template: template, isProven: isProven)
                if state == .present || state == .fetch, let stem, case .suffix(let text) = filled {
                    self.claims.add(stem: stem, suffix: own ?? text, job: number)
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
    }

    /// The plan of all jobs added.
    package consuming func finish() -> Plan {
        self.settleSharedNames()
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

    /// Whether it is proven that the job has no such product.
    private func isProven(
        _ state: ProductState,
        _ filled: SuffixTemplate.Filled,
        _ own: String?,
        of job: Job,
        stem: String?
    ) -> Bool {
        guard let stem, case .suffix(let suffix) = filled else { return false }
        switch state {
        // HyP3 lists all files that end so.
        case .notProduced: return true
        case .absent: return self.memory?.isProvenAbsent(stem + (own ?? suffix), of: job) ?? false
        default: return false
        }
    }

    private func exclusion(of job: Job) -> Exclusion? {
        if let shard = self.policy.shard, !shard.contains(jobID: job.id) { return .shard }
        let window = self.policy.acquired
        if window == ProjectSettings.Window() { return nil }
        if let acquired = ProductNaming.uncheckedStem(of: job).flatMap({ AcquisitionTime.earliest(in: $0) }) {
            return window.contains(acquired) ? nil : .acquisition
        }
        // A job without files has no name yet that could tell; it is not left out for that.
        return job.files.isEmpty ? nil : .acquisitionUnknown
    }

    /// - Returns: the state, and the reason where it does not follow from the state.
    private func verdict(
        on template: SuffixTemplate,
        _ filled: SuffixTemplate.Filled,
        _ own: String?,
        of job: Job,
        stem: String?,
        _ names: inout JobNames?
    ) -> (state: ProductState, reason: String?) {
        guard job.status == .succeeded else { return (job.status == .failed ? .failed : .unfinished, nil) }
        if case .notProduced(let reason) = filled { return (.notProduced, reason) }
        // Asked first because it is nearly always so, and needs neither path nor URL, whose checks cost more than all else.
        if case .suffix(let suffix) = filled, let stem, self.index.contains(stem: stem, suffix: own ?? suffix) {
            return (.present, nil)
        }
        let checked = names ?? self.policy.naming.names(of: job)
        names = checked
        let name = checked.product(template, listed: own)
        if case .notProduced(let reason) = name { return (.notProduced, reason) }
        if case .product(let file, let path, _) = name, let place = self.index.unseen.hiding(file: file, path: path) {
            return (.unknown, "may be in the archive: \(place.description)")
        }
        if let deletion = job.expires, deletion <= self.policy.now {
            if template.isPattern, case .suffix(let pattern) = filled {
                // What it stood for can no more be told, so nothing can be called lost.
                let isThere = stem.map { self.index.containsMatch(stem: $0, pattern: pattern) } ?? false
                return (isThere ? .present : .expired, isThere ? "files like it are in the archive" : nil)
            }
            return self.verdict(onExpired: name, template, of: job, deletion)
        }
        switch name {
        case .unsafe(_, let reason): return (.unsafeName, reason)
        case .noFiles: return (.failed, "the job succeeded and lists no files")
        case .notProduced(let reason): return (.notProduced, reason)
        case .product(let file, let path, _):
            if let reason = self.memory?.reasonNotToAsk(for: file, of: job, now: self.policy.now) {
                return (self.memory?.isDamaged(file, of: job) == true ? .damaged : .absent, reason)
            }
            if case .suffix(let suffix) = filled, let stem,
                let obstacle = self.index.obstacle(stem: stem, suffix: suffix, at: path)
            {
                return (.unsafeName, obstacle)
            }
            return (.fetch, nil)
        }
    }

    private func verdict(
        onExpired name: ProductNaming.Name,
        _ template: SuffixTemplate,
        of job: Job,
        _ deletion: Date
    ) -> (state: ProductState, reason: String?) {
        guard case .product(let file, _, _) = name else { return (.expired, nil) }
        switch self.memory?.knowledge(ofExpired: file, of: job) {
        case .lost(let reason): return (.lost, reason)
        case .absent(let reason): return (self.memory?.isDamaged(file, of: job) == true ? .damaged : .absent, reason)
        case .missing(let reason): return (.missing, reason)
        case nil: break
        }
        guard self.policy.earlier.hasLost(template, of: job, deletion: deletion) else {
            return (.expired, nil)
        }
        // Where somebody has sorted it, nobody knows.
        guard self.index.unseen.hideNothing else {
            return (.unknown, "gone upstream, and may be in a part of the archive that was not seen")
        }
        return (.lost, nil)
    }

    /// The part whose product a file of another part is, by number, and whether both list the very same object.
    private struct Winner {
        let number: Int
        let isSameObject: Bool
    }

    /// Where several jobs make one file name, it belongs to the one that was requested first. The same object in several
    /// jobs is one product.
    private mutating func settleSharedNames() {
        var winners: [Int: [ByteName: Winner]] = [:]
        for (name, claimants) in self.claims.shared() {
            let ranked = claimants.sorted { self.precedes($0, $1) }
            guard let winner = ranked.first else { continue }
            var places: Set<UInt64> = [self.parts[winner].place]
            for loser in ranked.dropFirst() {
                let isSameObject = !places.insert(self.parts[loser].place).inserted
                winners[loser, default: [:]][ByteName(name)] = Winner(number: winner, isSameObject: isSameObject)
            }
        }
        if winners.isEmpty { return }
        for index in self.kept.indices {
            let number = self.kept[index].number
            guard winners[number] != nil else { continue }
            var rows: [Plan.Row] = []
            for var row in self.kept[index].rows {
                let state = row.state
                if state == .present || state == .fetch, let file = self.file(of: self.kept[index], row),
                    let winner = winners[number]?.removeValue(forKey: ByteName(file))
                {
                    self.settle(state, winner)
                    if state == .fetch { self.evidence.withdraw(template: row.template) }
                    if winner.isSameObject { continue }
                    (row.state, row.reason) = (.duplicateName, self.reason(winner: winner.number))
                }
                rows.append(row)
            }
            self.kept[index].rows = rows
        }
        self.kept.removeAll { $0.rows.isEmpty }
        // Of products that are there already only the number is known.
        for winner in winners.values.flatMap(\.values) { self.settle(.present, winner) }
    }

    private mutating func settle(_ state: ProductState, _ winner: Winner) {
        self.counts[state, default: 0] -= 1
        if !winner.isSameObject { self.counts[.duplicateName, default: 0] += 1 }
    }

    private func file(of job: Plan.KeptJob, _ row: Plan.Row) -> String? {
        let template = self.policy.suffixes[row.template]
        guard let stem = job.stem, case .suffix(let suffix) = template.filled(from: job.job.templateParameters) else {
            return nil
        }
        return stem + (row.suffix ?? suffix)
    }

    private func precedes(_ aPart: Int, _ bPart: Int) -> Bool {
        let (a, b) = (self.parts[aPart].job, self.parts[bPart].job)
        if a == b { return aPart < bPart }
        if self.requestTimes[a] != self.requestTimes[b] { return self.requestTimes[a] < self.requestTimes[b] }
        return self.jobs[a].lexicographicallyPrecedes(self.jobs[b])
    }

    private func reason(winner: Int) -> String {
        let job = String(decoding: self.jobs[self.parts[winner].job], as: UTF8.self)
        return "job \(job) makes a file of the same name and was requested first"
    }
}

extension Planner {
    /// Plans the jobs of a page, and keeps all parameters of those that have something to fetch, for the manifest.
    package mutating func add(_ page: JobPage) {
        let before = self.kept.count
        for job in page.jobs { self.add(job) }
        self.evidence.note(page)
        let added = self.kept[before...].filter { kept in kept.rows.contains { $0.state == .fetch } }
        guard !added.isEmpty else { return }
        let ids = Set(added.map(\.job.id))
        let complete = page.jobs(keepingParametersOf: { ids.contains($0.id) }).filter { ids.contains($0.id) }
        let byID = Dictionary(complete.map { ($0.id, $0) }) { first, _ in first }
        for index in before..<self.kept.count {
            let part = self.kept[index].job
            guard let job = byID[part.id] else { continue }
            self.kept[index].names.job = job.files.count == part.files.count ? job : job.with(files: part.files)
        }
    }
}
