import FoundationEssentials

/// Adds up jobs by their names.
struct AccountTally: Sendable {
    private var names: [String: AccountJobs.Named] = [:]
    private var nameless: AccountJobs.Named?
    private var others = 0

    mutating func add(_ job: Job, now: Date) {
        guard let name = job.name else {
            self.nameless = Self.adding(job, to: self.nameless, now: now)
            return
        }
        guard self.names[name] != nil || self.names.count < AccountJobs.mostNames else {
            self.others += 1
            return
        }
        self.names[name] = Self.adding(job, to: self.names[name], now: now)
    }

    private static func adding(_ job: Job, to named: AccountJobs.Named?, now: Date) -> AccountJobs.Named {
        var named = named ?? AccountJobs.Named(name: job.name, requested: job.requestTime...job.requestTime)
        named.jobs += 1
        named.types.insert(job.type)
        let (first, last) = (named.requested.lowerBound, named.requested.upperBound)
        named.requested = min(first, job.requestTime)...max(last, job.requestTime)
        guard job.status == .succeeded, job.expires.map({ $0 > now }) ?? true else { return named }
        named.kept += 1
        if let expires = job.expires { named.deletion = min(named.deletion ?? expires, expires) }
        return named
    }

    var listing: AccountJobs.Listing {
        let all = Array(self.names.values) + [self.nameless].compactMap(\.self)
        let names = all.sorted { a, b in
            let (aLast, bLast) = (a.requested.upperBound, b.requested.upperBound)
            return aLast == bLast ? (a.name ?? "") < (b.name ?? "") : aLast > bLast
        }
        return AccountJobs.Listing(names: names, others: self.others)
    }
}
