package import FoundationEssentials

/// Adds up the events of a run to its report.
package struct RunTally: Sendable {
    private var report: RunReport
    /// Products that exist, as far as is known, and could not be archived.
    private var notHad = 0
    /// Products to be fetched; nil before there is a plan.
    private var planned: Int?
    private var tried = 0
    private var expiring = ExpiringProducts()
    /// Some of the archive could not be read, or of its records not written.
    private var hasTrouble = false
    let rows: RunRows
    let newFiles: Spool

    /// - Parameters:
    ///   - rows: take what someone may want to look after.
    ///   - newFiles: takes the paths of what this run archives, with the project's directory, in the order it happens.
    package init(
        project: String,
        host: String = "",
        directory: String,
        started: Date,
        rows: RunRows,
        newFiles: Spool
    ) {
        self.rows = rows
        self.newFiles = newFiles
        self.report = RunReport(project: project, host: host, directory: directory, started: started)
    }

    package mutating func record(_ event: RunEvent) {
        switch event {
        case .entered: break
        case .usesToken(let end): self.report.tokenEnd = CivilTime(end).date
        case .unrecorded(let trouble):
            self.hasTrouble = true
            self.report.warnings.append(trouble)
        case .listed(let listing):
            if !listing.withUnknownEnd.isEmpty {
                let what = "may be deleted any day and come first"
                self.report.warnings.append(listing.withUnknownEnd.sentence(what))
            }
            self.report.unreadableJobs = listing.unreadable.count
        case .scanned(let archive):
            self.hasTrouble = self.hasTrouble || archive.hasUnreadable
            self.report.warnings += archive.warnings
            if archive.repeated > 0 {
                self.report.warnings.append(
                    "\(Count.of(archive.repeated, "file name")) found in more than one directory of the archive"
                )
            }
        case .planned(let plan): self.record(plan)
        case .foundLost(let product):
            self.report.newlyLost += 1
            self.add(product)
        case .foundMissing(let product):
            self.report.newlyMissing += 1
            self.add(product)
        case .foundUnusable(let found):
            if found.isNew { self.notHad += 1 }
            self.add(found.product)
        case .foundUnreadable(let found):
            self.report.newlyUnreadableJobs = found.new
            // A job that cannot be read may have products that nobody then archives.
            self.notHad += found.new
        case .foundDuplicate(let product):
            self.notHad += 1
            self.add(product)
        case .reviewed(let review): self.report.unproven = review.unlisted
        case .foundBroken(let file):
            self.report.broken += 1
            self.notHad += 1
            self.rows.add(RunReport.Row(file))
        case .surveyed(let survey): self.record(survey)
        case .fetched(let outcome): self.record(outcome)
        case .fetchedQuicklook(let outcome): self.record(quicklook: outcome)
        case .warned(let warning): self.report.warnings.append(warning)
        }
    }

    private mutating func record(_ plan: Plan) {
        self.report.jobs = plan.jobs
        self.report.excludedJobs = Dictionary(uniqueKeysWithValues: plan.excluded.map { ($0.rawValue, $1) })
        self.report.products = Dictionary(uniqueKeysWithValues: plan.counts.map { ($0.rawValue, $1) })
        self.report.isPlanned = true
        self.planned = plan.count(.fetch)
        self.expiring = ExpiringProducts(plan)
        self.addObstructed(plan.products([.unsafeName]))
    }

    package mutating func record(_ hooks: HookCounts) {
        self.report.hooksDelivered = hooks.delivered
        self.report.hooksFailed = hooks.failed
        self.report.hooksWaiting = hooks.waiting
        self.report.warnings += hooks.warnings
    }

    /// What patterns stand for was not in the plan.
    private mutating func record(_ survey: JobSurvey) {
        self.planned = (self.planned ?? 0) + survey.growth
        for (state, growth) in [
            (ProductState.fetch, survey.growth), (.present, survey.present), (.unsafeName, survey.unsafe.count),
            (.unknown, survey.unknown),
        ] where growth != 0 {
            let count = self.report.products[state.rawValue, default: 0] + growth
            self.report.products[state.rawValue] = count > 0 ? count : nil
        }
        self.addObstructed(survey.unsafe)
    }

    /// Products whose name is taken by something in the archive: what is unusable comes as an event of its own.
    private mutating func addObstructed(_ products: some Sequence<PlannedProduct>) {
        for product in products where !product.isUnusable {
            self.notHad += 1
            self.add(product)
        }
    }

    private mutating func record(_ fetched: FetchOutcome) {
        self.expiring.note(fetched)
        self.report.bytesFetched += fetched.tally.received
        self.report.bytesResumed += fetched.tally.resumed
        guard let outcome = ProductOutcome(fetched) else { return }
        self.tried += 1
        self.report.outcomes[outcome.rawValue, default: 0] += 1
        if outcome.isNotHad { self.notHad += 1 }
        if outcome == .foundLost { self.report.newlyLost += 1 }
        var reason = "no digest of the service to compare with"
        switch fetched.result {
        case .archived(let entry):
            self.report.bytesArchived += entry.size
            self.newFiles.add { Array("\(self.report.directory)/\(entry.path)".utf8) }
            if let proof = fetched.tally.proof { self.report.proofs[proof.kind, default: 0] += 1 }
            if outcome == .archived { return }
        case .failed(let failure):
            reason = failure.reason
        case .left: return
        }
        self.add(fetched.product, outcome: outcome.rawValue, reason: reason, attempts: fetched.tally.attempts)
    }

    /// An image that cannot be had makes no archive incomplete, and is told all the same.
    private mutating func record(quicklook fetched: FetchOutcome) {
        self.report.bytesFetched += fetched.tally.received
        self.report.bytesResumed += fetched.tally.resumed
        switch fetched.result {
        case .archived(let entry):
            self.report.quicklooks += 1
            self.report.bytesArchived += entry.size
        case .failed(let failure):
            guard let outcome = ProductOutcome(fetched), outcome.isNotHad else { return }
            self.notHad += 1
            let attempts = fetched.tally.attempts
            self.add(fetched.product, outcome: outcome.rawValue, reason: failure.reason, attempts: attempts)
        // Its host gave nothing, to others either.
        case .left: self.notHad += 1
        }
    }

    /// Of a product that was not tried.
    private func add(_ planned: PlannedProduct) {
        self.add(planned.product, outcome: planned.state.rawValue, reason: planned.reason, attempts: 0)
    }

    private func add(_ product: Product, outcome: String, reason: String, attempts: Int) {
        self.rows.add(RunReport.Row(product, outcome: outcome, reason: reason, attempts: attempts))
    }

    /// What HyP3 deletes within a day and could not be archived, as one sentence with the first names; nil for nothing.
    package func lastDayWarning(now: Date) -> String? { self.expiring.warning(now: now) }

    /// The report of the run that ended now.
    ///
    /// - Parameter requests: to API, login and product hosts.
    package func report(_ ending: RunEnding, ended: Date, requests: Int) -> RunReport {
        var report = self.report
        report.ended = ended
        report.requests = requests
        report.left = max(0, (self.planned ?? 0) - self.tried)
        report.expiring = self.expiring.count
        // Without a plan nobody knows what is left.
        let isDone = self.planned != nil && report.left == 0
        let left = ending == .complete ? report.left : isDone ? 0 : 1
        report.exitCode = ending.status(
            notHad: self.notHad,
            newlyLost: report.newlyLost + report.newlyMissing,
            left: left,
            isUnseen: self.hasTrouble || report.count(.unknown) > 0
        )
        switch ending {
        case .complete: break
        case .stopped(.maximumRuntime): report.stopped = isDone ? nil : "\(RunStop.Cause.maximumRuntime)"
        case .stopped(let cause): report.stopped = "\(cause)"
        case .failed(_, let message): report.stopped = message
        }
        return report
    }
}
