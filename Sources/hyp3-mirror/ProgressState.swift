import HyP3Mirror

/// How far a run is: what a display draws.
struct ProgressState: Hashable {
    /// What is waited for before there is a plan.
    struct Beginning: Hashable {
        var isWaitingForLock = false
        var isReadingArchive = false
        /// Files in the archive, once it is read.
        var files: Int?
        /// Jobs listed so far; nil before the first page has come.
        var jobs: Int?
        var isListed = false
    }

    var project: String
    var beginning = Beginning()
    var isPlanned = false
    /// Products that are to be fetched, as far as is known, and those that were tried to the end.
    var wanted = 0
    var done = 0
    var archived = 0
    var notArchived = 0
    /// Bytes of the products that are archived: proven, and theirs to keep.
    var verified: Int64 = 0
    /// Bytes of all that are wanted, where buckets have listed them.
    var listed: Int64?
    var transfers: [TransferMeter.Reading] = []
    var elapsed = Duration.zero
    /// Bytes a second of the last seconds; nil at the beginning.
    var rate: Double?

    /// Bytes of all that are wanted: as listed, or as the sizes known so far have it; nil while none is.
    var total: (bytes: Int64, isEstimate: Bool)? {
        if let listed { return (listed, false) }
        let sizes = self.transfers.compactMap(\.total)
        let known = self.archived + sizes.count
        guard known > 0 else { return nil }
        // Sizes are the service's word, and may be any number.
        let bytes = sizes.reduce(Double(self.verified)) { $0 + Double($1) }
        let unknown = max(0, self.wanted - self.done - sizes.count)
        return (Int64(min(1e18, bytes + bytes / Double(known) * Double(unknown))), unknown > 0)
    }

    /// Until the last product comes, at the rate of now; nil while nobody can say.
    var left: Duration? {
        guard let total = self.total?.bytes, let rate, rate > 0 else { return nil }
        let staged = self.transfers.reduce(0) { $0 + Double($1.staged) }
        let seconds = max(0, Double(total) - Double(self.verified) - staged) / rate
        return seconds < 86400 * 1000 ? .seconds(seconds.rounded()) : nil
    }

    /// Between 0 and 1; by bytes where they are known.
    var share: Double {
        let share =
            if let total = self.total?.bytes, total > 0 { Double(self.verified) / Double(total) } else {
                Double(self.done) / Double(max(1, self.wanted))
            }
        return min(1, max(0, share))
    }

    mutating func note(_ event: RunEvent) {
        switch event {
        case .entered(.login): break
        case .entered(.lock): self.beginning.isWaitingForLock = true
        case .entered(.readingArchive):
            self.beginning.isWaitingForLock = false
            self.beginning.isReadingArchive = true
        case .entered(.listing(let jobs)): self.beginning.jobs = jobs
        case .scanned(let archive): self.beginning.files = archive.files
        case .listed(let listing):
            self.beginning.jobs = listing.jobs
            self.beginning.isListed = true
        case .planned(let plan):
            self.wanted = plan.count(.fetch)
            self.isPlanned = true
        case .surveyed(let survey): self.wanted += survey.growth
        case .fetched(let outcome):
            self.done += 1
            switch outcome.result {
            case .archived(let entry):
                self.archived += 1
                self.verified += entry.size
            case .failed: self.notArchived += 1
            case .left: break
            }
        default: break
        }
    }
}
