package import FoundationEssentials

/// What is to become of every wanted product, in the order in which it is to be done: what HyP3 deletes soonest first,
/// then by request time, then by name.
package struct Plan: Sendable {
    /// A product of a kept job: everything else about it follows from job and template.
    struct Row: Sendable {
        /// Index into the policy's suffixes.
        var template: Int
        var state: ProductState
        /// Where it does not follow from the state.
        var reason: String?
        /// What the bucket said; nil until it was asked, which keeps the rows of a long plan small.
        private var found: Found?

        init(
            template: Int,
            state: ProductState,
            reason: String?,
            suffix: String? = nil,
            listed: ListedObject? = nil
        ) {
            self.template = template
            self.state = state
            self.reason = reason
            if suffix != nil || listed != nil { self.found = Found(suffix: suffix, listed: listed) }
        }

        /// One of those that a pattern stands for; nil where the template alone says it.
        var suffix: String? { self.found?.suffix }
        /// As the bucket lists it, where it was asked.
        var listed: ListedObject? {
            get { self.found?.listed }
            set { self.found = Found(suffix: self.suffix, listed: newValue, rival: self.rival) }
        }
        /// Who has its name and place; nil but for a duplicate name.
        var rival: Rival? {
            get { self.found?.rival }
            set { self.found = Found(suffix: self.suffix, listed: self.listed, rival: newValue) }
        }

        private final class Found: Sendable {
            let suffix: String?
            let listed: ListedObject?
            let rival: Rival?

            init(suffix: String?, listed: ListedObject?, rival: Rival? = nil) {
                self.suffix = suffix
                self.listed = listed
                self.rival = rival
            }
        }
    }

    /// A job with something to say about at least one of its products.
    struct KeptJob: Sendable, Comparable {
        /// Of its products.
        var names: JobNames
        /// Of the part of a job that shares a stem; a job may be kept in several.
        let number: Int
        let stem: String?
        var rows: [Row]

        var job: Job { self.names.job }

        /// When HyP3 deletes it; before all others where that cannot be read.
        private var urgency: Date {
            self.job.hasUnknownEnd ? .distantPast : self.job.expires ?? .distantFuture
        }

        static func < (a: KeptJob, b: KeptJob) -> Bool {
            let (aDeletion, bDeletion) = (a.urgency, b.urgency)
            if aDeletion != bDeletion { return aDeletion < bDeletion }
            if a.job.requestTime != b.job.requestTime { return a.job.requestTime < b.job.requestTime }
            let (aStem, bStem) = (a.stem ?? "", b.stem ?? "")
            if aStem != bStem { return aStem < bStem }
            return a.job.id < b.job.id
        }

        static func == (a: KeptJob, b: KeptJob) -> Bool { a.number == b.number }
    }

    /// Jobs seen, excluded ones included.
    package let jobs: Int
    /// Products by state; a state without any is not among them.
    package internal(set) var counts: [ProductState: Int]
    /// Jobs left out altogether.
    package let excluded: [Exclusion: Int]
    /// The earliest request time of a job that is not final; excluded ones do not count.
    package let oldestUnfinished: Date?
    /// The latest request time of all jobs seen.
    package let newestRequest: Date?
    let policy: PlanPolicy
    let index: ArchiveIndex
    var kept: [KeptJob]
    /// What its jobs say of the wanted suffixes.
    package var evidence: SuffixEvidence
    /// Why it looks like a slip in the configuration, as one sentence; nil where it does not, or nobody reads it.
    package var suspicion: String?
    /// What it is seen against; nil for a plan that nobody reads.
    package var outlook: PlanOutlook?

    init(
        jobs: Int,
        counts: [ProductState: Int],
        excluded: [Exclusion: Int],
        oldestUnfinished: Date?,
        newestRequest: Date?,
        policy: PlanPolicy,
        index: ArchiveIndex,
        kept: [KeptJob],
        evidence: SuffixEvidence
    ) {
        self.evidence = evidence
        self.jobs = jobs
        self.counts = counts
        self.excluded = excluded
        self.oldestUnfinished = oldestUnfinished
        self.newestRequest = newestRequest
        self.policy = policy
        self.index = index
        self.kept = kept
    }

    package func count(_ state: ProductState) -> Int { self.counts[state] ?? 0 }

    /// The kept products in the plan's order.
    ///
    /// Made one after another as they are asked for: a plan of a million products stays small, its products all at once
    /// would not.
    ///
    /// - Parameter states: only those in one of these.
    package func products(_ states: Set<ProductState> = Set(ProductState.allCases)) -> some Sequence<PlannedProduct> {
        self.kept.lazy.flatMap { self.products(of: $0, states) }
    }

    func products(of kept: KeptJob, _ states: Set<ProductState>) -> [PlannedProduct] {
        guard kept.rows.contains(where: { states.contains($0.state) }) else { return [] }
        let products = kept.rows.filter { states.contains($0.state) }.map { self.product($0, of: kept) }
        return products.sorted { ($0.file, $0.suffix) < ($1.file, $1.suffix) }
    }

    private func product(_ row: Row, of kept: KeptJob) -> PlannedProduct {
        let template = self.policy.suffixes[row.template]
        var suffix = template.text
        if let found = row.suffix {
            suffix = found
        } else if case .suffix(let filled) = template.filled(from: kept.job.templateParameters) {
            suffix = filled
        }
        var (file, path, url) = ("", "", "")
        switch kept.names.product(template, listed: row.suffix) {
        case .product(let productFile, let productPath, let productURL):
            (file, path, url) = (productFile, productPath, productURL)
        case .unsafe(let name, _): file = name
        case .notProduced, .noFiles: break
        }
        if row.state == .present || row.state == .duplicateName, let stem = kept.stem { file = stem + suffix }
        if row.state == .present, let stem = kept.stem {
            path = self.index.path(stem: stem, suffix: suffix, preferring: path) ?? path
        }
        let product = Product(
            file: file,
            path: path,
            url: url,
            provenance: Provenance(kept.job),
            named: kept.job.files,
            wanted: Product.Wanted(suffix: suffix, template: template.text),
            listed: row.listed
        )
        let isUnusable =
            switch row.state {
            case .unsafeName: path.isEmpty
            case .failed: kept.job.status == .succeeded
            default: false
            }
        let reason = row.reason ?? Self.reason(row.state, kept.job)
        return PlannedProduct(product, row.state, reason: reason, isUnusable: isUnusable)
    }

    private static func reason(_ state: ProductState, _ job: Job) -> String {
        let deletion = job.expires.map { CivilTime($0).dayText }
        return switch state {
        case .present: "in the archive"
        case .fetch: deletion.map { "missing; HyP3 keeps it until \($0)" } ?? "missing"
        case .notProduced: "the job does not make it"
        case .unfinished: Self.reason(unfinished: job.status)
        case .failed: "the job failed"
        case .expired: "HyP3 deleted it\(deletion.map { " on \($0)" } ?? "")"
        case .lost: "HyP3 deleted it\(deletion.map { " on \($0)" } ?? "") before it could be archived"
        case .unknown: "may lie where the archive could not be read"
        case .missing: AbsenceRecord.missingReason(archived: nil)
        case .absent: "asked for, and not there"
        case .damaged: "damaged upstream"
        case .duplicateName: "another job makes a file of the same name"
        case .unsafeName: "the name must not become a path"
        }
    }

    private static func reason(unfinished status: Job.Status) -> String {
        switch status {
        case .pending: "the job waits to be run"
        case .running: "the job is running"
        case .succeeded, .failed: "the job is not finished"
        case .unknown(let status): "the job is in the unknown state \(ForeignText.quoted(status))"
        }
    }
}
