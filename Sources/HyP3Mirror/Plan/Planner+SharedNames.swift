import FoundationEssentials

extension Planner {
    /// A part of a job that is planned.
    struct Part {
        /// The job's number.
        let job: Int
        /// Where its objects lie: the same for two jobs that name the very same.
        let object: UInt64
        /// Where the layout puts its files, where that parts jobs; by `ByteStrings.hash`.
        let directory: UInt64
        /// HyP3 has deleted it.
        let isGone: Bool
    }

    /// Jobs whose files are there and of which no more need be known than that these are theirs.
    static let mostHeld = 20_000
    /// What HyP3 still has was mostly archived since then: it keeps most products for 14 days.
    private static let horizon: TimeInterval = 31 * 86400

    /// Reads whose the files are of which their names do not tell. Blocks.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    func owners(by reader: ManifestReader) throws -> [UInt64: RecordedOwner] {
        var paths: Set<UInt64> = []
        self.forEachDoubtfulName { name, _, _ in
            for directory in self.directories(of: name) { paths.insert(Self.hash(path: name, in: directory)) }
        }
        return try reader.owners(of: paths, since: self.policy.now - Self.horizon)
    }

    /// Gives `body` the names that several jobs make, and those of files that are there while HyP3 still has the job; with
    /// the parts that claim them, and whether nobody else does; in no order.
    private func forEachDoubtfulName(_ body: (String, _ parts: [Int], _ isOnlyHeld: Bool) -> Void) {
        let shared = self.claims.shared()
        for (name, parts) in shared { body(name, parts, false) }
        let names = Set(shared.map { ByteName($0.name) })
        func visit(_ kept: Plan.KeptJob) {
            if self.parts[kept.number].isGone { return }
            for row in kept.rows where row.state == .present {
                guard let file = self.file(of: kept, row), !names.contains(ByteName(file)) else { continue }
                body(file, [kept.number], true)
            }
        }
        self.kept.forEach(visit)
        self.held.values.forEach(visit)
    }

    private func directories(of name: String) -> [ArraySlice<UInt8>] { self.index.directories(stem: name, suffix: "") }

    private static func hash(path name: String, in directory: ArraySlice<UInt8>) -> UInt64 {
        var path = Array(directory)
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path += name.utf8
        return path.withUnsafeBytes { ByteStrings.hash($0) }
    }

    private func jobID(_ part: Int) -> String { String(decoding: self.jobs[self.parts[part].job], as: UTF8.self) }

    /// Where several jobs make one file name, each has its file where the layout keeps them apart; else the name belongs to
    /// the one that is archived by the manifest, or else was requested first. The same object in several jobs is one
    /// product.
    ///
    /// - Parameter owners: of the files that `owners(by:)` asks for.
    mutating func settleSharedNames(_ owners: [UInt64: RecordedOwner]) {
        var settled: [Int: [ByteName: Settled]] = [:]
        // Those that have a name that another wants.
        var holders: Set<Int> = []
        self.forEachDoubtfulName { name, parts, isOnlyHeld in
            let ranked = parts.sorted { self.precedes($0, $1) }
            let contest = self.contest(over: name, ranked, owners)
            for (part, verdict) in zip(ranked, contest.verdicts()) {
                // As planned; of nearly every product that is there, which are many.
                if isOnlyHeld, case .present = verdict { continue }
                if case .contested(.claimant(let number, _, _)) = verdict { holders.insert(ranked[number]) }
                settled[part, default: [:]][ByteName(name)] = Settled(verdict: verdict, claimants: ranked)
            }
        }
        if settled.isEmpty {
            self.held = [:]
            return
        }
        var urls: [Int: [ByteName: String]] = [:]
        for number in holders { urls[number] = self.held[number].map { self.urls(of: $0) } }
        for kept in self.kept where holders.contains(kept.number) {
            urls[kept.number, default: [:]].merge(self.urls(of: kept)) { _, last in last }
        }
        var kept: [Plan.KeptJob] = []
        for job in self.kept { if let job = self.settle(job, &settled, urls) { kept.append(job) } }
        self.kept = kept
        let places = Dictionary(self.kept.indices.map { (self.kept[$0].number, $0) }) { first, _ in first }
        for job in self.held.values.sorted(by: { $0.number < $1.number }) {
            guard var job = self.settle(job, &settled, urls) else { continue }
            job.rows.removeAll { $0.state == .present }
            self.keep(job, at: places[job.number])
        }
        self.held = [:]
        // Of other products that are there already only the number is known.
        for (part, names) in settled {
            for (name, settled) in names { self.settle(name, of: part, settled, urls) }
        }
    }

    private struct Settled {
        let verdict: NameContest.Verdict
        /// Parts by the verdict's numbers.
        let claimants: [Int]
    }

    private func contest(over name: String, _ ranked: [Int], _ owners: [UInt64: RecordedOwner]) -> NameContest {
        let layout = self.policy.naming.layout
        return NameContest(
            claimants: ranked.map { part in
                let known = self.parts[part]
                return NameContest.Claimant(
                    jobID: self.jobID(part),
                    object: known.object,
                    directory: known.directory,
                    canBeHad: !known.isGone
                )
            },
            copies: self.directories(of: name).map { directory in
                NameContest.Copy(
                    directory: layout.partsJobs ? directory.withUnsafeBytes { ByteStrings.hash($0) } : 0,
                    owner: owners[Self.hash(path: name, in: directory)],
                    jobsInPath: layout.namesJobs ? JobsInPath.ids(in: directory) : []
                )
            }
        )
    }

    /// The job with what was found of its products; nil where nothing is to be said of it any more.
    private mutating func settle(
        _ job: Plan.KeptJob,
        _ settled: inout [Int: [ByteName: Settled]],
        _ urls: [Int: [ByteName: String]]
    ) -> Plan.KeptJob? {
        guard settled[job.number] != nil else { return job }
        var rows: [Plan.Row] = []
        for row in job.rows {
            guard row.state == .present || row.state == .fetch, let file = self.file(of: job, row),
                let found = settled[job.number]?.removeValue(forKey: ByteName(file))
            else {
                rows.append(row)
                continue
            }
            let state = self.count(row.state, found.verdict)
            if row.state == .fetch, state != .fetch { self.evidence.withdraw(template: row.template) }
            guard let state, self.keeping.keeps(state, nil) || row.state == .present else { continue }
            var row = row
            row.state = state
            if case .contested(let holder) = found.verdict {
                let rival = self.rival(holder, ByteName(file), found.claimants, urls)
                (row.rival, row.reason) = (rival, rival.reason(.unknown))
                self.noteContested(job.number)
            }
            rows.append(row)
        }
        var job = job
        job.rows = rows
        return rows.isEmpty ? nil : job
    }

    /// A product that is there, by its name, and of whose job nothing is kept.
    private mutating func settle(
        _ name: ByteName,
        of part: Int,
        _ settled: Settled,
        _ urls: [Int: [ByteName: String]]
    ) {
        _ = self.count(.present, settled.verdict)
        guard case .contested(let holder) = settled.verdict, !self.parts[part].isGone else { return }
        let rival = self.rival(holder, name, settled.claimants, urls)
        let (stem, template) = self.split(name.text)
        let job = Job(
            id: self.jobID(part),
            type: "",
            name: nil,
            status: .succeeded,
            requestTime: self.requestTimes[self.parts[part].job],
            expires: nil,
            files: []
        )
        var row = Plan.Row(template: template, state: .duplicateName, reason: rival.reason(.unknown))
        row.rival = rival
        self.noteContested(part)
        let names = self.policy.naming.names(of: job)
        self.kept.append(Plan.KeptJob(names: names, number: part, stem: stem, rows: [row]))
    }

    /// What HyP3 still has, and is not archived, is to be listed again.
    private mutating func noteContested(_ part: Int) {
        guard !self.parts[part].isGone else { return }
        let requested = self.requestTimes[self.parts[part].job]
        self.oldestUnfinished = min(self.oldestUnfinished ?? requested, requested)
    }

    /// A name's stem, and the template whose end it has.
    private func split(_ name: String) -> (stem: String, template: Int) {
        for template in self.policy.suffixes.indices {
            let text = self.policy.suffixes[template].text
            if name.utf8.ends(with: text) { return (String(Substring(name.utf8.dropLast(text.utf8.count))), template) }
        }
        return (name, 0)
    }

    private mutating func keep(_ job: Plan.KeptJob, at place: Int?) {
        if job.rows.isEmpty { return }
        guard let place else {
            self.kept.append(job)
            return
        }
        self.kept[place].rows += job.rows
        self.kept[place].names = job.names
    }

    /// - Returns: nil for what is another job's product altogether.
    private mutating func count(_ before: ProductState, _ verdict: NameContest.Verdict) -> ProductState? {
        let state: ProductState? =
            switch verdict {
            case .present: .present
            case .fetch: .fetch
            case .sameObject: nil
            case .contested: .duplicateName
            }
        guard state != before else { return state }
        self.counts[before, default: 0] -= 1
        if let state { self.counts[state, default: 0] += 1 }
        return state
    }

    private func rival(
        _ holder: NameContest.Holder,
        _ name: ByteName,
        _ claimants: [Int],
        _ urls: [Int: [ByteName: String]]
    ) -> Rival {
        switch holder {
        case .record(let owner):
            return Rival(jobID: owner.jobID, isArchived: true, url: owner.url, recorded: owner.object)
        case .claimant(let number, let record, let isArchived):
            let part = claimants[number]
            return Rival(
                jobID: self.jobID(part),
                isArchived: isArchived,
                url: urls[part]?[name] ?? record?.url ?? "",
                recorded: record?.object
            )
        }
    }

    /// Where the products of a job lie, by their names.
    private func urls(of kept: Plan.KeptJob) -> [ByteName: String] {
        var urls: [ByteName: String] = [:]
        for row in kept.rows {
            let name = kept.names.product(self.policy.suffixes[row.template], listed: row.suffix)
            if case .product(let file, _, let url) = name { urls[ByteName(file)] = url }
        }
        return urls
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
}

extension RecordedOwner {
    /// What was archived.
    var object: ListedObject { ListedObject(size: self.size, etag: self.etag) }
}
