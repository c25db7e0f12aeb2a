import FoundationEssentials

extension ArchiveReport {
    private static let day: TimeInterval = 86400
    /// Growth is measured over so many days.
    private static let window = 30

    /// Reads all that the records of the project say. Blocks.
    ///
    /// - Parameter asked: what HyP3 says now; nil for what it said to the last run.
    /// - Throws: `FilesystemError`, `CancellationError`.
    static func read(
        _ settings: ProjectSettings,
        _ project: ProjectDirectory,
        asked: (header: OpenHeader, rows: OpenRows)? = nil,
        now: Date,
        stop: StopFlag = StopFlag()
    ) throws -> ArchiveReport {
        var report = ArchiveReport(
            project: settings.name,
            host: "\(settings.host)",
            directory: project.root,
            made: now
        )
        let query = settings.queryKey
        let whole = try RunHistory(reading: project.runs, stop: stop)
        let shards =
            project.shard == nil ? try ShardRuns(project, query: query, newerThan: whole, stop: stop) : nil
        let history = shards?.history ?? whole
        report.add(history, shards, query)
        let known = try KnownFiles(project, isDated: true, stop: stop)
        report.add(known, now: now)
        let space = DiskSpace(at: project.root) ?? DiskSpace(at: settings.archiveDirectory)
        report.disk.free = space?.free
        report.disk.size = space?.size
        report.disk.daysLeft = report.forecast
        let book = try AbsenceBook(reading: try project.parts(with: "absent").map(\.absent), stop: stop)
        report.add(book)
        var rows: [OpenRecord] = []
        let header: OpenHeader?
        if let asked {
            report.isOnline = true
            try asked.rows.read { rows.append($0) }
            header = asked.header
        } else {
            let places = shards?.directories ?? [ProjectDirectory(project.root, shard: project.shard)]
            header = try Self.readOpen(places, query, into: &rows, stop: stop)
        }
        for row in rows { report.add(row, now: now) }
        if let header { report.close(header) }
        report.orderAgain()
        try report.lookCloser(settings, history, known, book, rows, stop: stop)
        report.judge(history, shards, query, now: now)
        return report
    }

    /// What the last run, or each of the shards, left open.
    ///
    /// - Returns: the sum of their headers; nil where one has left nothing of this query.
    private static func readOpen(
        _ places: [ProjectDirectory],
        _ query: String,
        into rows: inout [OpenRecord],
        stop: StopFlag
    ) throws -> OpenHeader? {
        var sum: OpenHeader?
        for place in places {
            let header = try OpenFile(path: place.open, stop: stop).read { rows.append($0) }
            guard let header, header.query == query else {
                rows = []
                return nil
            }
            sum = sum.map { $0.adding(header) } ?? header
        }
        return sum
    }

    /// What the records say beside counts: by day, job, time and reason.
    private mutating func lookCloser(
        _ settings: ProjectSettings,
        _ history: RunHistory,
        _ known: KnownFiles,
        _ book: AbsenceBook,
        _ rows: [OpenRecord],
        stop: StopFlag
    ) throws {
        let gone = book.settled
        let lost = gone.map { OpenRecord($0) }
        let open = rows.filter { !$0.file.isEmpty }
            .sorted { ($0.expires ?? .distantFuture, $0.file) < ($1.expires ?? .distantFuture, $1.file) }
        let runs = history.runs(of: settings.queryKey)
        // What is gone is in the book, and in the last run's lines, too.
        let told = Set(gone.map { ByteName($0.file) })
        let wanted = open.filter {
            $0.state != ProductState.missing.rawValue || !told.contains(ByteName($0.file))
        }
        self.acquisitions = Acquisitions(known, open: wanted, lost: gone)
        self.incomplete = IncompleteJobs(open: wanted, lost: lost, suffixes: settings.suffixes, known: known)
        self.failures = FailureReasons(wanted + rows.filter(\.file.isEmpty) + lost, runs)
        self.latency = known.all.isEmpty ? nil : try Latency(known, stop: stop)
        if self.latency?.products == 0 { self.latency = nil }
        self.quicklooks = try Quicklooks(known, stop: stop)
        self.throughput = Throughput(runs)
    }

    private mutating func add(_ history: RunHistory, _ shards: ShardRuns?, _ query: String) {
        let own = history.runs(of: query)
        self.runs = own.suffix(Self.most).map { Run($0) }
        self.lastRun = own.last.map { Run($0) }
        func last(_ isWanted: (RunRecord) -> Bool) -> Run? {
            func pick(_ history: RunHistory) -> RunRecord? { history.runs(of: query).last(where: isWanted) }
            guard let shards else { return pick(history).map { Run($0) } }
            return shards.missing.isEmpty ? shards.eldest(pick).map { Run($0) } : nil
        }
        self.lastSuccess = last { $0.exit == 0 }
        self.lastComplete = last(\.isComplete)
    }

    private mutating func add(_ known: KnownFiles, now: Date) {
        let today = Int(now.timeIntervalSince1970 / Self.day)
        var byDay: [Int: (products: Int, bytes: Int64)] = [:]
        var (oldest, first) = (UInt32.max, UInt32.max)
        var recent: Int64 = 0
        for file in known.all {
            let size = max(0, file.size)
            self.verified.files += 1
            if !file.isQuicklook {
                self.files += 1
                self.bytes &+= size
            }
            if file.verified == 0 { self.verified.never += 1 }
            if file.result.isDamage { self.verified.damaged += 1 }
            oldest = min(oldest, file.lastSeen)
            first = min(first, file.archived)
            let day = Int(file.archived) / Int(Self.day)
            guard day <= today, day > today - 366 else { continue }
            // The disk fills with whatever it is.
            if day > today - Self.window { recent &+= size }
            guard !file.isQuicklook else { continue }
            byDay[day, default: (0, 0)].products += 1
            byDay[day, default: (0, 0)].bytes &+= size
        }
        guard self.verified.files > 0 else { return }
        self.verified.oldest = Date(timeIntervalSince1970: TimeInterval(oldest))
        let age = max(1, min(Self.window, today - Int(first) / Int(Self.day) + 1))
        self.disk.growth = recent / Int64(age)
        self.days = byDay.sorted { $0.key < $1.key }.map { day, sum in
            let text = CivilTime(Date(timeIntervalSince1970: TimeInterval(day) * Self.day)).dayText
            return Day(day: text, products: sum.products, bytes: sum.bytes)
        }
    }

    private var forecast: Int? {
        guard let free = self.disk.free, let growth = self.disk.growth, growth > 0 else { return nil }
        return Int(clamping: free / growth)
    }

    private mutating func add(_ book: AbsenceBook) {
        var jobs: Set<String> = []
        for record in book.settled {
            if record.state == .missing {
                self.missing += 1
                continue
            }
            self.lost += 1
            jobs.insert(record.jobID)
            if self.lostProducts.count < Self.most { self.lostProducts.append(OpenRecord(record)) }
        }
        self.lostJobs = jobs.count
    }

    private mutating func add(_ row: OpenRecord, now: Date) {
        var expiring = self.expiring ?? Expiring()
        if row.state == "failed", row.file.isEmpty {
            self.failedJobs = (self.failedJobs ?? 0) + 1
            if self.failed.count < Self.most { self.failed.append(row) }
            return
        }
        self.openProducts = (self.openProducts ?? 0) + 1
        if self.open.count < Self.most { self.open.append(row) }
        guard row.state == ProductState.fetch.rawValue, let expires = row.expires else { return }
        let left = expires.timeIntervalSince(now)
        if left <= 0 {
            expiring.overdue += 1
        } else {
            if left <= Self.day { expiring.within24Hours += 1 }
            if left <= 3 * Self.day { expiring.within72Hours += 1 }
            if left <= 7 * Self.day { expiring.within7Days += 1 }
            expiring.first = min(expiring.first ?? expires, expires)
        }
        self.expiring = expiring
    }

    /// All rows were added.
    private mutating func close(_ header: OpenHeader) {
        self.asOf = header.asOf
        self.unnamed = header.dropped
        self.products = header.products
        self.expiring = self.expiring ?? Expiring()
        self.failedJobs = self.failedJobs ?? 0
        self.openProducts = self.openProducts ?? 0
        if header.dropped > 0 {
            // Not all had a line.
            let counted = OpenRows.open.reduce(0) { $0 + (header.products[$1.rawValue] ?? 0) }
            self.openProducts = max(self.openProducts ?? 0, counted)
        }
        self.unfinished = header.products[ProductState.unfinished.rawValue] ?? 0
        self.open.sort { ($0.expires ?? .distantFuture, $0.file) < ($1.expires ?? .distantFuture, $1.file) }
    }

    private mutating func orderAgain() {
        var seen: Set<String> = []
        for row in self.lostProducts + self.failed {
            guard let parameters = row.jobParameters, !row.jobType.isEmpty, seen.insert(row.jobID).inserted else {
                continue
            }
            self.resubmit.append(Order(name: row.jobName, jobType: row.jobType, jobParameters: parameters))
        }
    }

    private mutating func judge(_ history: RunHistory, _ shards: ShardRuns?, _ query: String, now: Date) {
        // The last run that asked HyP3 for the jobs.
        let last = shards.map { $0.eldest { $0.lastPlanned(query) } } ?? history.lastPlanned(query)
        let isComplete = shards?.areComplete(query) ?? (last?.isComplete == true)
        if self.asOf == nil { self.asOf = last?.started }
        guard let asOf = self.asOf else {
            self.because = "no run has asked HyP3 for the jobs of this configuration yet"
            return
        }
        if self.verified.damaged > 0 {
            self.verdict = .damaged
            self.because = "\(Count.of(self.verified.damaged, "file")) not as archived; verify --repair may mend it"
            return
        }
        if let shards, !shards.missing.isEmpty, !self.isOnline {
            self.verdict = .incomplete
            let names = shards.missing.prefix(3).map { "\($0)" }.joined(separator: ", ")
            let more = shards.missing.count > 3 ? " and others" : ""
            self.because = "no run of shard \(names)\(more) has asked HyP3 for its jobs"
            return
        }
        let wanting = self.wanting
        guard wanting.isEmpty, self.isOnline || isComplete else {
            self.verdict = .incomplete
            self.because = wanting.isEmpty ? "the last run did not come to its end" : wanting.joined(separator: ", ")
            return
        }
        guard self.products != nil else {
            self.because = "no run has left word of what is open; the next one will"
            return
        }
        let age = now.timeIntervalSince(asOf)
        self.verdict = age > Self.staleAfter ? .stale : .complete
        self.because = self.verdict == .stale ? "HyP3 was last asked \(Self.ago(age))" : "all that HyP3 has is archived"
    }

    /// What is wanted and not archived, and may yet be: a count and a word each.
    private var wanting: [String] {
        guard let products = self.products else { return [] }
        let words: [(ProductState, String)] = [
            (.fetch, "not archived yet"), (.unknown, "perhaps where the archive could not be read"),
            (.damaged, "damaged upstream"), (.duplicateName, "of a name that is taken"),
            (.unsafeName, "of an unsafe name"),
        ]
        return words.compactMap { state, words in
            let count = products[state.rawValue] ?? 0
            return count > 0 ? "\(Count.of(count, "product")) \(words)" : nil
        }
    }
}

extension OpenRecord {
    /// Of a product that was lost.
    fileprivate init(_ record: AbsenceRecord) {
        let provenance = Provenance(
            jobID: record.jobID,
            jobType: record.jobType ?? "",
            jobName: record.jobName,
            parametersJSON: nil,
            requested: record.requested,
            expires: record.expires
        )
        self.init(
            provenance,
            state: record.state.rawValue,
            file: record.file,
            suffix: record.suffix,
            reason: record.clause
        )
        self.jobParameters = record.jobParameters
    }
}
