package import FoundationEssentials

/// All that is remembered of products that are not to be had: `absent.jsonl`. Losing it costs requests, and nothing else.
package struct AbsenceBook: AbsenceMemory, Hashable {
    private struct Key: Sendable, Hashable {
        var jobID: String
        var file: ByteName

        init(jobID: String, file: String) {
            self.jobID = jobID
            self.file = ByteName(file)
        }
    }

    /// Whether something is told for the first time.
    package enum Telling: Sendable {
        case first
        case again
    }

    /// After its products have expired for so long, an absence is history.
    private static let retention: TimeInterval = 90 * 86400

    /// Unusable products that are remembered at most; of more each run tells.
    private static let mostUnusable = 10_000

    /// What is read at most; a book is a file that anybody may have filled, and each record costs some 400 bytes.
    private static let mostRecords = 500_000
    private static let mostBytes: Int64 = 1 << 30

    private var records: [Key: AbsenceRecord] = [:]
    /// Records of unusable products.
    private var unusable = 0
    /// Whether it differs from what was read.
    private(set) var isChanged = false

    package init() {}

    package var count: Int { self.records.count }

    /// What is gone for good, the last that was found first.
    package var settled: [AbsenceRecord] {
        self.records.values.filter(\.isSettled).sorted { ($1.first, $0.file) < ($0.first, $1.file) }
    }

    /// Reads the books of all runs of the project, also of shards; of two records of one product the later counts. Lines
    /// that cannot be read are skipped. Blocks.
    init(reading paths: [String], stop: StopFlag = StopFlag()) throws {
        for path in paths {
            try LineReader(path: path, stop: stop).read(upTo: Self.mostBytes) { line in
                guard self.records.count < Self.mostRecords else { return }
                self.read(line.bytes)
            }
        }
        self.unusable = self.records.values.count { $0.state == .unusable }
        self.isChanged = false
    }

    private mutating func read(_ line: UnsafeRawBufferPointer) {
        guard let record = JSONLines.decode(AbsenceRecord.self, line: line), record.schema == 1 else { return }
        let key = Key(jobID: record.jobID, file: record.file)
        if let known = self.records[key], known.last > record.last { return }
        self.records[key] = record
    }

    /// The lines to be kept, in a fixed order.
    ///
    /// - Parameters:
    ///   - shard: only its jobs; nil means all.
    ///   - settledBefore: jobs requested before are settled by a complete run, so that nothing of them can be called lost;
    ///     the absences of others are kept. Nil without such a run.
    func lines(shard: Shard?, settledBefore: Date? = .distantFuture, now: Date) throws -> [UInt8] {
        let records = self.records.values.filter { record in
            if let shard, !shard.contains(jobID: record.jobID) { return false }
            if record.state == .unusable { return now.timeIntervalSince(record.last) < AbsenceRecord.memory }
            guard !record.isSettled, let expires = record.expires else { return true }
            if now.timeIntervalSince(expires) < Self.retention { return true }
            return settledBefore.map { record.requested >= $0 } ?? true
        }
        let ordered = records.sorted { ($0.requested, $0.jobID, $0.file) < ($1.requested, $1.jobID, $1.file) }
        return try JSONLines.encode(ordered)
    }

    /// The product was asked for, and proven not to be there.
    package mutating func recordAbsent(_ product: Product, _ proof: AbsenceProof, now: Date) {
        self.record(product, .absent, proof, now: now)
    }

    /// The product was fetched, and was broken before its upload.
    package mutating func recordDamaged(_ product: Product, now: Date) {
        self.record(product, .damaged, nil, now: now)
    }

    private mutating func record(
        _ product: Product,
        _ state: AbsenceRecord.State,
        _ proof: AbsenceProof?,
        now: Date
    ) {
        let key = Key(jobID: product.jobID, file: product.file)
        self.isChanged = true
        if self.records[key] == nil {
            self.records[key] = AbsenceRecord(product, state: state, proof: proof, now: now)
            return
        }
        self.records[key]?.askAgain(state, proof, now: now)
        self.records[key]?.expires = product.expires
    }

    /// The product is archived after all.
    package mutating func forget(_ product: Product) {
        if self.records.removeValue(forKey: Key(jobID: product.jobID, file: product.file)) != nil {
            self.isChanged = true
        }
    }

    /// - Returns: whether the product was not known to be lost.
    package mutating func recordLost(_ product: Product, now: Date) -> Bool {
        let key = Key(jobID: product.jobID, file: product.file)
        if self.records[key]?.state == .lost { return false }
        self.records[key] = AbsenceRecord(product, state: .lost, now: now)
        self.isChanged = true
        return true
    }

    /// - Parameter archived: when it was archived, if that is known.
    /// - Returns: whether the product was not known to be missing.
    package mutating func recordMissing(_ product: Product, archived: Date?, now: Date) -> Bool {
        let key = Key(jobID: product.jobID, file: product.file)
        if self.records[key]?.state == .missing { return false }
        var record = AbsenceRecord(product, state: .missing, now: now)
        record.archived = archived
        self.records[key] = record
        self.isChanged = true
        return true
    }

    /// The product will never be asked for.
    ///
    /// - Parameter reason: one clause.
    /// - Returns: nil where it is not to be told, because an earlier run did so today, or this one.
    package mutating func recordUnusable(_ product: Product, reason: String, now: Date) -> Telling? {
        var record = AbsenceRecord(product, state: .unusable, reason: reason, now: now)
        // All products of a job that is unusable as a whole have one name, or none. It may be of any length.
        record.file = String(decoding: product.file.utf8.prefix(512), as: UTF8.self)
        return self.recordUnusable(record, now: now)
    }

    /// The job cannot be read, and nobody knows its products.
    ///
    /// - Parameter key: what it is known by.
    /// - Returns: as for a product.
    package mutating func recordUnreadable(job key: String, now: Date) -> Telling? {
        self.recordUnusable(AbsenceRecord(unreadableJob: key, now: now), now: now)
    }

    private mutating func recordUnusable(_ record: AbsenceRecord, now: Date) -> Telling? {
        let key = Key(jobID: record.jobID, file: record.file)
        let isNew = self.records[key]?.state != .unusable
        if isNew {
            guard self.unusable < Self.mostUnusable else { return .first }
            self.unusable += 1
            self.records[key] = record
        } else {
            guard self.records[key]?.isToBeTold(now: now) == true else { return nil }
            self.records[key]?.last = CivilTime(now).date
        }
        self.isChanged = true
        return isNew ? .first : .again
    }

    /// Whether an earlier run told that the product is lost or missing, whichever `state` says.
    func isTold(_ product: Product, as state: AbsenceRecord.State) -> Bool {
        let record = self.records[Key(jobID: product.jobID, file: product.file)]
        return record?.isSettled == true && record?.state == state
    }

    /// The book as a run needs it that archives broken products, too.
    package var acceptingDamage: AbsenceBook {
        var book = self
        book.records = self.records.filter { $0.value.state != .damaged }
        return book
    }

    /// The earliest request time of a job with a product that is to be asked for again; nil without any.
    package func openSince(now: Date) -> Date? {
        self.records.values.lazy.filter { $0.isOpen(now: now) }.map(\.requested).min()
    }

    package func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String? {
        guard let record = self.records[Key(jobID: job.id, file: file)], !record.isSettled,
            record.state != .unusable, !record.isDue(now: now)
        else { return nil }
        return record.clause
    }

    package func isDamaged(_ file: String, of job: Job) -> Bool {
        self.records[Key(jobID: job.id, file: file)]?.state == .damaged
    }

    package func isProvenAbsent(_ file: String, of job: Job) -> Bool {
        self.records[Key(jobID: job.id, file: file)].map { $0.state == .absent && $0.proof != nil } ?? false
    }

    package func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge? {
        guard let record = self.records[Key(jobID: job.id, file: file)] else { return nil }
        return switch record.state {
        case .lost: .lost(record.clause)
        case .missing: .missing(record.clause)
        case .absent, .damaged: .absent(record.pastReason)
        case .unusable: nil
        }
    }
}
