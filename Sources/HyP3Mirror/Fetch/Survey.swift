/// Asks buckets ahead of the fetching what a plan's products are: one listing for all that is missing of a job.
package struct Survey: Sendable {
    private let listing: BucketListing
    let plan: Plan

    /// Jobs surveyed side by side.
    let width: Int

    /// Enough to be ahead of the fetching on a long line.
    private static let mostWidth = 8

    /// - Parameter connections: what the user allows at once; the survey takes no more.
    package init(_ plan: Plan, _ listing: BucketListing, connections: Int) {
        self.plan = plan
        self.listing = listing
        self.width = max(1, min(connections, Self.mostWidth))
    }

    /// Surveys one of the plan's `pending` jobs. A job with a single product missing is not listed: fetching it says the
    /// same.
    /// - Throws: `CancellationError`
    func look(at job: Plan.KeptJob) async throws -> JobSurvey {
        guard job.rows.count > 1 || job.hasPattern(self.plan.policy.suffixes) else {
            return JobSurvey(self.plan, before: job, after: job)
        }
        guard let address = self.plan.address(of: job) else {
            return JobSurvey(self.plan, before: job, after: self.plan.unsurveyed(job))
        }
        let answer = try await self.listing.objects(at: address)
        var survey = JobSurvey(self.plan, before: job, after: self.plan.surveyed(job, answer, at: address))
        survey.bucket = address.bucket.origin
        switch answer {
        case .unavailable(let reason), .unknown(let reason): survey.silence = reason
        case .objects, .refused: break
        }
        return survey
    }

    /// Jobs that a plan for people asks buckets about; of what it has not looked at a longer one says that the size is not
    /// known. Patterns are always looked up.
    private static let mostShown = 2000

    /// The plan with what buckets list of the jobs with something to fetch: what exists, how large it is, and what patterns
    /// stand for.
    ///
    /// - Parameter onSurvey: called with what was learned of each job.
    /// - Throws: `CancellationError`
    func plan(onSurvey: (JobSurvey) -> Void = { _ in }) async throws -> Plan {
        var answers: [Int: Plan.KeptJob] = [:]
        try await withThrowingTaskGroup(of: (before: Plan.KeptJob, after: Plan.KeptJob).self) { group in
            var pending = self.plan.pending
            var looked = 0
            func nextJob() -> Plan.KeptJob? {
                while let job = pending.next() {
                    looked += 1
                    if looked <= Self.mostShown || job.hasPattern(self.plan.policy.suffixes) { return job }
                }
                return nil
            }
            for _ in 0..<self.width {
                guard let job = nextJob() else { break }
                group.addTask { (job, try await self.surveyed(job)) }
            }
            while let (before, after) = try await group.next() {
                answers[after.number] = after
                onSurvey(JobSurvey(self.plan, before: before, after: after))
                if let job = nextJob() { group.addTask { (job, try await self.surveyed(job)) } }
            }
        }
        return self.plan.replacingPending(by: answers)
    }

    private func surveyed(_ job: Plan.KeptJob) async throws -> Plan.KeptJob {
        guard let address = self.plan.address(of: job) else {
            return self.plan.unsurveyed(job)
        }
        return self.plan.surveyed(job, try await self.listing.objects(at: address), at: address)
    }
}

/// What the survey of one job changes in the plan, and what is to be done now.
package struct JobSurvey: Sendable {
    /// To be fetched, in order.
    package let fetch: [Product]
    /// To be fetched by the plan, and proven not to exist.
    package let absent: [PlannedProduct]
    /// Patterns that nothing can be fetched for, because their bucket was not listed.
    package let unnamed: [PlannedProduct]
    /// The host that was asked for a listing; nil where none was.
    package fileprivate(set) var bucket: Origin?
    /// Why that host let nothing of the bucket be known; nil where the bucket spoke, if only to refuse.
    package fileprivate(set) var silence: String?
    /// Found by a pattern under a name that must not become a path.
    package let unsafe: [PlannedProduct]
    /// Found by a pattern, and perhaps in the archive where it was not seen.
    package let unknown: Int
    /// Products by which the plan's count of what is to be fetched grows; negative where patterns stood for nothing new.
    package let growth: Int
    /// Found by a pattern, and in the archive already.
    package let present: Int
    /// The wanted suffixes, as configured, of which the job has a product.
    let met: Set<String>

    /// Bytes of what is to be fetched, as far as they are listed.
    package var bytes: Int64 {
        self.fetch.reduce(0) { sum, product in
            let (sum, overflow) = sum.addingReportingOverflow(product.listed?.size ?? 0)
            return overflow ? .max : sum
        }
    }

    /// Products to be fetched whose size is known.
    package var sized: Int { self.fetch.count { $0.listed != nil } }

    init(_ plan: Plan, before: Plan.KeptJob, after: Plan.KeptJob) {
        let wanted = plan.products(of: after, [.fetch])
        self.fetch = wanted.filter { !$0.url.isEmpty }.map(\.product)
        self.unnamed = wanted.filter { $0.url.isEmpty }
        self.absent = plan.products(of: after, [.absent])
        self.unsafe = plan.products(of: after, [.unsafeName])
        self.unknown = after.rows.count { $0.state == .unknown }
        self.present = after.rows.count { $0.state == .present }
        let met = after.rows.filter { $0.state == .present || $0.listed != nil }
        self.met = Set(met.map { plan.policy.suffixes[$0.template].text })
        self.growth = wanted.count + self.absent.count - before.rows.count
    }
}
