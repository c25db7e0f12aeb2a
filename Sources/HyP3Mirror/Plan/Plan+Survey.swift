/// Walks the jobs of a plan that have something to fetch.
struct PendingJobs: Sequence, IteratorProtocol {
    private let kept: [Plan.KeptJob]
    private var index = 0

    init(kept: [Plan.KeptJob]) { self.kept = kept }

    mutating func next() -> Plan.KeptJob? {
        while self.index < self.kept.count {
            var job = self.kept[self.index]
            self.index += 1
            job.rows.removeAll { $0.state != .fetch }
            if !job.rows.isEmpty { return job }
        }
        return nil
    }
}

extension Plan.KeptJob {
    /// Whether a row stands for files that only a listing can name.
    func hasPattern(_ suffixes: [SuffixTemplate]) -> Bool {
        self.rows.contains { $0.state == .fetch && $0.suffix == nil && suffixes[$0.template].isPattern }
    }
}

extension Plan {
    /// Jobs with something to fetch, in the plan's order, each with these rows only.
    var pending: PendingJobs { PendingJobs(kept: self.kept) }

    /// What to ask the bucket of this job; nil where its URLs are not those of a bucket.
    func address(of kept: KeptJob) -> BucketAddress? {
        kept.names.stemURL.flatMap { BucketAddress($0) }
    }

    /// The rows of a job that were to be fetched, as far as its bucket's listing says more of them: what it lists gets its
    /// size, what it does not list is absent, and a pattern is replaced by what it stands for.
    ///
    /// - Parameters:
    ///   - answer: what lies in the bucket at `address`, the job's own.
    func surveyed(_ kept: KeptJob, _ answer: BucketListing.Answer, at address: BucketAddress) -> KeptJob {
        switch answer {
        case .refused(let reason), .unavailable(let reason), .unknown(let reason):
            return self.unsurveyed(kept, reason)
        case .objects(let objects):
            // HyP3 itself names these; a listing without any of them is not the one of this job.
            guard kept.job.files.contains(where: { objects[ByteName($0.filename)] != nil }) else {
                return self.unsurveyed(kept, "\(address.bucket.origin) does not list the files that HyP3 names")
            }
            return self.surveyed(kept, objects, at: address)
        }
    }

    /// The rows of a job whose bucket does not tell: what has a name is asked for, patterns cannot be.
    func unsurveyed(_ kept: KeptJob, _ reason: String = "its URLs are not those of a bucket") -> KeptJob {
        var kept = kept
        for row in kept.rows.indices where kept.rows[row].suffix == nil {
            guard self.policy.suffixes[kept.rows[row].template].isPattern else { continue }
            kept.rows[row].reason = "cannot be asked for without a listing of the bucket: \(reason)"
        }
        return kept
    }

    private func surveyed(
        _ kept: KeptJob,
        _ objects: [ByteName: ListedObject],
        at address: BucketAddress
    ) -> KeptJob {
        let names = kept.names
        var result = kept
        result.rows = []
        // What other templates name belongs to them, whether it is to be fetched or not.
        var named = Set(
            self.policy.suffixes.compactMap { template -> ByteName? in
                guard !template.isPattern, case .suffix(let suffix) = template.filled(from: kept.job.templateParameters)
                else { return nil }
                return ByteName(suffix)
            }
        )
        for var row in kept.rows {
            let template = self.policy.suffixes[row.template]
            guard template.isPattern else {
                if case .product(_, _, let url) = names.product(template, listed: row.suffix),
                    let name = Self.name(of: url, under: address)
                {
                    row.listed = objects[ByteName(name)]
                    if row.listed == nil { (row.state, row.reason) = (.absent, "the bucket does not list it") }
                }
                result.rows.append(row)
                continue
            }
            guard let stem = names.stem,
                case .suffix(let pattern) = template.filled(from: kept.job.templateParameters)
            else { continue }
            let suffixes = Self.suffixes(of: objects, like: pattern, at: address)
            for suffix in suffixes where named.insert(ByteName(suffix)).inserted {
                let listed = objects[ByteName(address.name + suffix)]
                result.rows.append(self.found(row, stem, suffix, listed, kept.job, names))
            }
            if suffixes.isEmpty {
                (row.state, row.reason) = (.absent, "the bucket lists no such file")
                result.rows.append(row)
            }
        }
        return result
    }

    /// One of the files that a pattern stands for.
    private func found(
        _ pattern: Row,
        _ stem: String,
        _ suffix: String,
        _ listed: ListedObject?,
        _ job: Job,
        _ names: JobNames
    ) -> Row {
        var row = Row(template: pattern.template, state: .fetch, reason: nil, suffix: suffix, listed: listed)
        let name = names.product(suffix: suffix, isListed: true)
        var directory: String?
        if case .product(let file, let path, _) = name {
            directory = String(Substring(path.utf8.dropLast(file.utf8.count)))
        }
        let layout = self.policy.naming.layout
        if self.index.presence(stem: stem, suffix: suffix, of: job, in: directory, layout).isThere {
            row.state = .present
            return row
        }
        switch name {
        case .product(_, let path, _):
            if let place = self.index.unseen.hiding(file: stem + suffix, path: path) {
                (row.state, row.reason) = (.unknown, "may be in the archive: \(place.description)")
            } else if let obstacle = self.index.obstacle(stem: stem, suffix: suffix, at: path) {
                (row.state, row.reason) = (.unsafeName, obstacle)
            }
        case .unsafe(_, let reason): (row.state, row.reason) = (.unsafeName, reason)
        case .notProduced(let reason): (row.state, row.reason) = (.notProduced, reason)
        case .noFiles: (row.state, row.reason) = (.absent, nil)
        }
        return row
    }

    private static func suffixes(
        of objects: [ByteName: ListedObject],
        like pattern: String,
        at address: BucketAddress
    ) -> [String] {
        let stem = address.name.utf8
        return objects.keys.sorted().compactMap { name -> String? in
            guard name.text.utf8.starts(with: stem) else { return nil }
            let suffix = String(Substring(name.text.utf8.dropFirst(stem.count)))
            return SuffixTemplate.matches(suffix, pattern: pattern) ? suffix : nil
        }
    }

    /// The name under which a listing at `address` has the object at `url`; nil for one that it does not cover.
    private static func name(of url: String, under address: BucketAddress) -> String? {
        guard let url = try? HTTPURL(url), let object = BucketAddress(url), object.bucket == address.bucket,
            object.directory == address.directory, object.key.utf8.starts(with: address.key.utf8)
        else { return nil }
        return object.name
    }
}

extension Plan {
    /// The plan with what was to be fetched of some jobs replaced, by the job's number.
    func replacingPending(by surveyed: [Int: KeptJob]) -> Plan {
        if surveyed.isEmpty { return self }
        var counts = self.counts
        let kept = self.kept.map { kept -> KeptJob in
            guard let new = surveyed[kept.number] else { return kept }
            var kept = kept
            kept.rows.removeAll { row in
                if row.state == .fetch { counts[.fetch, default: 0] -= 1 }
                return row.state == .fetch
            }
            for row in new.rows { counts[row.state, default: 0] += 1 }
            kept.rows += new.rows
            return kept
        }
        return Plan(
            jobs: self.jobs,
            counts: counts.filter { $0.value > 0 },
            excluded: self.excluded,
            oldestUnfinished: self.oldestUnfinished,
            newestRequest: self.newestRequest,
            policy: self.policy,
            index: self.index,
            kept: kept,
            evidence: self.evidence
        )
    }
}
