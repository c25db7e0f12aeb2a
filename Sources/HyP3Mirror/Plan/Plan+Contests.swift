extension Plan {
    /// A product whose name and place another one has.
    struct Contest: Sendable {
        /// Its place in the plan.
        fileprivate let job: Int
        fileprivate let row: Int
        /// Where it lies; empty where that is not known.
        let url: String
        /// What HyP3 itself says of it.
        let stated: ListedObject?
        let rival: Rival
    }

    /// What HyP3 still has and is not archived because of its name.
    var contests: [Contest] {
        var contests: [Contest] = []
        for job in self.kept.indices where self.isHad(self.kept[job].job) {
            let kept = self.kept[job]
            guard kept.rows.contains(where: { $0.rival != nil }) else { continue }
            for row in kept.rows.indices {
                guard let rival = kept.rows[row].rival else { continue }
                let name = kept.names.product(
                    self.policy.suffixes[kept.rows[row].template],
                    listed: kept.rows[row].suffix
                )
                var (url, stated) = ("", ListedObject?.none)
                if case .product(let file, _, let found) = name {
                    url = found
                    let listed = kept.job.files.first { $0.filename.utf8.elementsEqual(file.utf8) }
                    stated = listed?.size.map { ListedObject(size: $0, etag: nil) }
                }
                contests.append(Contest(job: job, row: row, url: url, stated: stated, rival: rival))
            }
        }
        return contests
    }

    private func isHad(_ job: Job) -> Bool { job.expires.map { $0 > self.policy.now } ?? true }

    /// The plan with what was learned of its `contests`: of two objects that are the same one is enough.
    func settling(_ learned: [(contest: Contest, likeness: Likeness)]) -> Plan {
        if learned.isEmpty { return self }
        var plan = self
        var same: [Int: Set<Int>] = [:]
        for (contest, likeness) in learned {
            plan.kept[contest.job].rows[contest.row].reason = contest.rival.reason(likeness)
            if likeness == .same { same[contest.job, default: []].insert(contest.row) }
        }
        for (job, rows) in same {
            let kept = plan.kept[job].rows.enumerated().filter { !rows.contains($0.offset) }
            plan.kept[job].rows = kept.map(\.element)
            plan.counts[.duplicateName, default: 0] -= rows.count
        }
        plan.kept.removeAll { $0.rows.isEmpty }
        plan.counts = plan.counts.filter { $0.value > 0 }
        return plan
    }

    /// Products that HyP3 still has and whose name and place another one has.
    package var duplicates: some Sequence<PlannedProduct> {
        let now = self.policy.now
        return self.products([.duplicateName]).lazy.filter { $0.expires.map { $0 > now } ?? true }
    }
}
