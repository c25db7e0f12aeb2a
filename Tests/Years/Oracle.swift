import FoundationEssentials
import HyP3Mirror

/// A perfect archiver that looks at the world at the same instants as the mirror, and knows nothing of how the mirror
/// decides: only what HyP3 offered when, and what is promised of an archive.
struct Oracle {
    private let world: World
    /// Files that were in the archive at the end of some run, by name.
    private(set) var had: Set<String> = []
    /// Files that somebody took out, and when.
    private var removed: [String: Date] = [:]
    /// Files that HyP3 offered to some run that wanted them.
    private var offered: Set<String> = []
    /// From when on the expiry of a suffix's products is a loss, surely and perhaps.
    private var keptSurely: [String: Date] = [:]
    private var keptPerhaps: [String: Date] = [:]
    /// Files that a run may have been refused, or surely was, while their jobs were done.
    private var refusedPerhaps: Set<String> = []
    private var refusedSurely: Set<String> = []
    /// Losses that were told, surely remembered and perhaps.
    private var toldSurely: Set<String> = []
    private var told: Set<String> = []
    private var missingTold: Set<String> = []
    /// The last run that listed everything and was not hindered.
    private var lastFull: Date?
    /// Files whose records somebody took away.
    private(set) var unrecorded: Set<String> = []

    /// Of a product that was uploaded after it was asked for: it need not be asked for sooner.
    private static let patience = 7.05 * 86400
    /// So long a job that came into the project, or a file that was taken out, may be overlooked by incremental runs.
    private static let overlooking = 8.5 * 86400

    init(_ world: World) { self.world = world }

    /// Somebody took it out of the archive.
    mutating func note(removed file: String, at date: Date) { self.removed[file] = date }

    /// Somebody put it back.
    mutating func note(restored file: String) { self.removed[file] = nil }

    /// The mirror's own state is lost.
    mutating func noteLostState(unrecorded: Set<String>) {
        (self.keptSurely, self.keptPerhaps) = ([:], [:])
        (self.refusedSurely, self.toldSurely, self.told, self.missingTold) = ([], [], [], [])
        self.lastFull = nil
        self.unrecorded = unrecorded
    }

    /// Names of files that somebody took out.
    var removedFiles: Set<String> { Set(self.removed.keys) }

    var losses: Int { self.told.count }

    /// Judges what the runs of an instant have come to.
    ///
    /// - Parameters:
    ///   - before: paths in the archive before, and after.
    /// - Throws: `Finding`.
    mutating func judge(_ results: [Result], before: Set<String>, after: Set<String>, slip: Double) throws {
        if let gone = before.subtracting(after).first { throw Finding("\(gone) was in the archive, and is not now") }
        let names = Set(after.map(Inspector.name(of:)))
        for result in results {
            for job in self.world.jobs {
                for product in job.products where result.order.wants(job, product) {
                    if job.offers(product, as: World.project, at: result.started)
                        || job.offers(product, as: World.project, at: result.ended)
                    {
                        self.offered.insert(product.file)
                    }
                }
            }
        }
        for path in after.subtracting(before) {
            let name = Inspector.name(of: path)
            guard self.offered.contains(name) else { throw Finding("\(path) was archived, and nobody offered it") }
        }
        try self.judgeNewFiles(results, new: after.subtracting(before))
        for result in results {
            guard let report = result.report else { continue }
            try self.judge(result, report, among: results, names: names)
            self.learn(from: result, report, slip: slip)
        }
        self.had.formUnion(names)
        for name in names { self.removed[name] = nil }
    }

    private func judgeNewFiles(_ results: [Result], new: Set<String>) throws {
        let reported = results.flatMap(\.newFiles)
        if Set(reported).count < reported.count { throw Finding("a file was reported as new twice: \(reported)") }
        if let path = reported.first(where: { !new.contains($0) }) {
            throw Finding("\(path) was reported as archived, and is not new in the archive")
        }
        // What a killed run, or one before it, had begun is finished by the next, and nobody's news.
        if let path = new.subtracting(reported).first, results.allSatisfy({ $0.report?.exitCode == .ok }),
            !self.hasBegun
        {
            throw Finding("\(path) was archived, and no run reported it")
        }
    }

    /// Whether a run may have left a commit half done.
    var hasBegun = false

    private func judge(_ result: Result, _ report: RunReport, among results: [Result], names: Set<String>) throws {
        let status = report.exitCode
        let lacking = self.lacking(result, names)
        if status == .ok {
            if let product = lacking.first {
                throw Finding("a run exits 0, and \(product.file) of the job \(product.jobID) is not archived")
            }
            if report.newlyLost + report.newlyMissing > 0 { throw Finding("a run exits 0, and tells of a loss") }
        }
        try self.judgeLosses(result, report, names)
        try self.judgeRequests(result, report)
        if status == .again, results.count > 1 { return }
        if case .stop = result.order.cut, status.rawValue == 143 { return }
        guard result.eras.isHindered else {
            if let product = lacking.first {
                let row = report.rows.first { $0.file == product.file }.map { " (\($0.outcome): \($0.reason))" } ?? ""
                throw Finding(
                    "\(product.file) of the job \(product.jobID) is not archived, though nothing hindered it\(row)"
                )
            }
            let isNews = report.newlyLost + report.newlyMissing > 0 || self.isUnfinished(at: result.started)
            guard status == .ok || status == .incomplete && isNews else {
                let rows = report.rows.prefix(3).map { "\($0.file): \($0.outcome), \($0.reason)" }
                throw Finding("nothing is wrong, and a run exits \(status.rawValue): \(rows) \(report.stopped ?? "")")
            }
            try self.requireTold(result, report, names)
            return
        }
        try self.judgeTrouble(result, status, lacking: lacking)
    }

    /// Whether a job is done and lists no files yet, which runs tell once a day.
    private func isUnfinished(at date: Date) -> Bool {
        self.world.jobs.contains { job in
            guard let phase = job.phase(at: date) else { return false }
            return phase.status == "SUCCEEDED" && !phase.listsFiles && phase.name == World.project
        }
    }

    private func judgeTrouble(_ result: Result, _ status: RunStatus, lacking: [TrueProduct]) throws {
        var expected: Set<RunStatus> = []
        for era in result.eras {
            switch era {
            case .hyp3Off: expected.formUnion([.unavailable])
            case .loginBroken: expected.formUnion([.unavailable, .credentials])
            default: break
            }
        }
        if !expected.isEmpty, !expected.contains(status) {
            throw Finding("HyP3 or the login cannot be had, and a run exits \(status.rawValue)")
        }
        let known: Set<RunStatus> = [.ok, .incomplete, .unavailable, .storage, .credentials]
        guard known.contains(status) else { throw Finding("a run exits \(status.rawValue) for \(result.eras)") }
        let isOfStorage = result.eras.contains { if case .diskFull = $0 { true } else { false } }
        if status == .storage, !isOfStorage { throw Finding("a run exits 74 on a disk that is well") }
        if status == .credentials, expected.isEmpty { throw Finding("a run exits 77 though the login works") }
    }

    /// Products that HyP3 offers at the run's beginning and end, that it is about, and that are not in the archive.
    private func lacking(_ result: Result, _ names: Set<String>) -> [TrueProduct] {
        var lacking: [TrueProduct] = []
        for job in self.world.jobs where result.started < job.expires && result.started >= job.requested {
            for product in job.products where result.order.wants(job, product) && !names.contains(product.file) {
                guard job.offers(product, as: World.project, at: result.started),
                    job.offers(product, as: World.project, at: result.ended),
                    !self.mayBeAskedLater(product, at: result.started),
                    !self.mayBeOverlooked(product, of: job, by: result)
                else { continue }
                lacking.append(product)
            }
        }
        return lacking
    }

    /// Whether it came into the bucket after the mirror was told that it is not there.
    private func mayBeAskedLater(_ product: TrueProduct, at date: Date) -> Bool {
        self.refusedPerhaps.contains(product.file) && date < product.uploaded.addingTimeInterval(Self.patience)
            && date < product.expires.addingTimeInterval(-86400)
    }

    private func mayBeOverlooked(_ product: TrueProduct, of job: TrueJob, by result: Result) -> Bool {
        guard result.order.isIncremental else { return false }
        let change = max(job.renamed(at: result.started), self.removed[product.file] ?? .distantPast)
        guard change > job.requested else { return false }
        return change > self.lastFull ?? .distantPast && result.started < change.addingTimeInterval(Self.overlooking)
    }

    private func judgeRequests(_ result: Result, _ report: RunReport) throws {
        let jobs = self.world.jobs.count { $0.requested < result.ended }
        let most =
            result.eras.contains { era in
                switch era {
                case .hyp3Off, .loginBroken: true
                default: false
                }
            } ? 40 : 100 + jobs / 2 + 12 * (report.count(.fetch) + report.archived)
        guard report.requests <= most else {
            throw Finding("a run made \(report.requests) requests, more than \(most), while there is \(result.eras)")
        }
    }
}

// MARK: Losses

extension Oracle {
    /// That each loss that is told is one, and was not told before.
    private func judgeLosses(_ result: Result, _ report: RunReport, _ names: Set<String>) throws {
        let lost = report.rows.filter { $0.outcome == "lost" }
        guard lost.count == report.newlyLost else {
            throw Finding("a run counts \(report.newlyLost) new losses and names \(lost.count)")
        }
        for row in lost {
            let what = "\(row.file) of the job \(row.jobID)"
            if self.toldSurely.contains(row.file) { throw Finding("\(what) is told as lost a second time") }
            if self.had.contains(row.file) || names.contains(row.file) {
                throw Finding("\(what) is told as lost, and was archived")
            }
            guard let job = self.world.byID[row.jobID] else { throw Finding("\(what) is told as lost: no such job") }
            if job.expires > result.ended { throw Finding("\(what) is told as lost, and is not yet deleted") }
            if job.fails { throw Finding("\(what) is told as lost, and the job failed") }
            guard let product = self.world.byFile[row.file] else {
                if self.refusedSurely.contains(row.file) {
                    throw Finding("\(what) is told as lost, and never was: the bucket said so")
                }
                continue
            }
            guard let kept = self.keptPerhaps[product.template], kept < product.expires else {
                throw Finding("\(what) is told as lost, and was deleted before the archive was kept")
            }
        }
        for row in report.rows where row.outcome == "missing" {
            guard self.had.contains(row.file), self.removed[row.file] != nil, !names.contains(row.file) else {
                throw Finding("\(row.file) is told as missing from the archive, and nobody took it out")
            }
            if self.missingTold.contains(row.file) { throw Finding("\(row.file) is told as missing a second time") }
        }
    }

    /// That nothing is lost and not told.
    private func requireTold(_ result: Result, _ report: RunReport, _ names: Set<String>) throws {
        let rows = Set(report.rows.filter { $0.outcome == "lost" }.map(\.file))
        for job in self.world.jobs where job.expires.addingTimeInterval(600) < result.started && !job.fails {
            guard job.isAlways(World.project, until: result.started), job.filesListed < job.expires else { continue }
            for product in job.products where result.order.wants(job, product) {
                guard product.uploaded < product.expires, !self.had.contains(product.file),
                    !names.contains(product.file), !self.told.contains(product.file), !rows.contains(product.file),
                    !self.refusedPerhaps.contains(product.file), let kept = self.keptSurely[product.template],
                    kept.addingTimeInterval(3600) < product.expires
                else { continue }
                throw Finding("\(product.file) of the job \(job.id) is lost, and no run has told so")
            }
        }
    }

    private mutating func learn(from result: Result, _ report: RunReport, slip: Double) {
        let isWritten = !result.eras.contains { if case .diskFull = $0 { true } else { false } }
        for row in report.rows where row.outcome == "lost" {
            self.told.insert(row.file)
            if isWritten { self.toldSurely.insert(row.file) }
        }
        for row in report.rows where row.outcome == "missing" && isWritten { self.missingTold.insert(row.file) }
        guard report.isPlanned else { return }
        for suffix in result.order.suffixes {
            let perhaps = result.started.addingTimeInterval(min(slip, 0) - 60)
            self.keptPerhaps[suffix] = min(self.keptPerhaps[suffix] ?? .distantFuture, perhaps)
            guard isWritten else { continue }
            let surely = result.ended.addingTimeInterval(max(slip, 0))
            self.keptSurely[suffix] = min(self.keptSurely[suffix] ?? .distantFuture, surely)
        }
        let isGood = !result.eras.isHindered && result.order.cut == nil && report.exitCode != .again
        if isGood, !result.order.isIncremental, result.order.shard == nil { self.lastFull = result.started }
        self.noteRefusals(result, isGood: isGood)
    }

    /// Takes down what the bucket does not have for jobs that are done.
    private mutating func noteRefusals(_ result: Result, isGood: Bool) {
        for job in self.world.jobs where result.started < job.expires && result.ended >= job.filesListed && !job.fails {
            guard result.order.isAbout(job) else { continue }
            let there = Set(job.products.filter { $0.isInBucket(at: result.ended) }.map(\.file))
            let isSure =
                isGood && job.phase(at: result.started).map { $0.listsFiles && $0.name == World.project } ?? false
            for suffix in result.order.suffixes where !suffix.contains("{") {
                let file = job.stem + suffix
                guard
                    !there.contains(file)
                        || !job.products.contains(where: {
                            $0.file == file && $0.isInBucket(at: result.started)
                        })
                else { continue }
                self.refusedPerhaps.insert(file)
                if isSure, !there.contains(file), !result.order.isIncremental { self.refusedSurely.insert(file) }
            }
        }
    }
}
