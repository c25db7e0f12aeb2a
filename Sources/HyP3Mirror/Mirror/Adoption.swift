import Checksums
import FoundationEssentials
import Logging

/// Takes files into the record that lay in the archive before it was kept: a notebook's, another program's. What HyP3 still
/// has is held against it, size and digests; the rest is judged by its structure alone, and the manifest says so.
///
/// Under the run lock, in an archive that is open.
struct Adoption {
    let settings: ProjectSettings
    let archive: Archive
    let session: ServiceSession

    /// What `check` in the manifest says of a file that HyP3 has no more.
    static let byStructure = "structure"

    /// Files that are judged at once.
    private static let width = 4
    /// Bytes of manifest lines that are written in one go.
    private static let batch = 64 << 10

    /// What became of one file.
    private enum Verdict: Sendable {
        case adopted(ManifestEntry)
        /// It is not what HyP3 has, or not whole; with what lies there, and the product where one is known.
        case broken(finding: String, reason: String, FileState, Product?)
        /// Nothing can be said this time.
        case left(String)
    }

    /// - Parameters:
    ///   - paths: of the files, below the project's directory.
    ///   - repairs: put aside what is broken, and fetch it anew.
    /// - Throws: `LoginError`, `CatalogError`, `FilesystemError`, `CancellationError`.
    func run(_ paths: [String], _ tally: VerifyTally, repairs: Bool) async throws {
        if paths.isEmpty { return }
        try await self.session.withService(self.settings) { service in
            let products = try await self.products(named: Set(paths.map { SystemCalls.name(of: $0) }), service, tally)
            let manifest = try LineFile(self.archive.project.manifest)
            var lines: [UInt8] = []
            var broken: [(path: String, row: VerifyReport.Row, state: FileState, product: Product?)] = []
            let pace = ReadingPace(self.settings.rate, now: self.session.pace.now)
            var waiting = paths.makeIterator()
            try await withThrowingTaskGroup(of: (String, Verdict).self) { group in
                func add() {
                    guard let path = waiting.next() else { return }
                    let product = products[SystemCalls.name(of: path)]
                    group.addTask { (path, try await self.judge(path, product, service, pace)) }
                }
                for _ in 0..<Self.width { add() }
                while let (path, verdict) = try await group.next() {
                    switch verdict {
                    case .adopted(let entry):
                        lines += try entry.line()
                        tally.noteAdopted()
                        if lines.count >= Self.batch {
                            try manifest.append(lines)
                            lines = []
                        }
                    case .broken(let finding, let reason, let state, let product):
                        let row = VerifyReport.Row(path: path, finding: finding, reason: reason, size: state.size)
                        broken.append((path, row, state, product))
                    case .left(let reason):
                        tally.tell(VerifyReport.Row(path: path, finding: "unknown", reason: reason))
                    }
                    add()
                }
            }
            try manifest.append(lines)
            for (path, row, state, product) in broken.sorted(by: { $0.path < $1.path }) {
                guard repairs else {
                    tally.noteBroken(row)
                    continue
                }
                try await self.mend(path, row, state, product, service, tally)
            }
        }
    }

    /// Puts the file aside, and fetches it anew where HyP3 names it.
    private func mend(
        _ path: String,
        _ row: VerifyReport.Row,
        _ state: FileState,
        _ product: Product?,
        _ service: Service,
        _ tally: VerifyTally
    ) async throws {
        var row = row
        row.isHealed = false
        let project = self.archive.project
        let place = try await onOwnThread(to: "put aside what is broken") {
            try Quarantine(project: project).put(path, found: state)
        }
        guard let place else {
            row.repair = "left alone: it has changed since it was read"
            return tally.noteBroken(row)
        }
        tally.noteQuarantined()
        guard let product, !product.url.isEmpty else {
            row.repair = "put aside as \(place); no job of this project's is known to have made it"
            return tally.noteBroken(row)
        }
        row.repair = "put aside as \(place); not fetched this time; the next sync tries again"
        do {
            let again = product.at(path)
            try await Fetching.run([again], self.settings, self.archive, service, Traffic()) { outcome in
                switch outcome.result {
                case .archived:
                    row.repair = "put aside as \(place); fetched again"
                    row.isHealed = true
                case .failed(let failure): row.repair = "put aside as \(place); \(Repair.words(failure))"
                case .left: break
                }
            }
        } catch let error as ProductHostError {
            row.repair = "put aside as \(place); not fetched: \(sentence(of: error))"
        }
        tally.noteBroken(row)
    }

    /// The products that HyP3 lists, by file name.
    private func products(
        named names: Set<String>,
        _ service: Service,
        _ tally: VerifyTally
    ) async throws -> [String: Product] {
        let reader = try self.session.reader(self.settings, service, logger: self.archive.logger) { event in
            if case .warned(let warning) = event { tally.warn(warning) }
        }
        let project = self.archive.project
        var memory = try await onStoppableThread(to: "read the state of the archive") {
            try RunMemory(project, stop: $0)
        }
        let planning = Planning(settings: self.settings, archive: self.archive, service: service, reader: reader)
        let now = self.session.pace.now()
        let (plan, _) = try await planning.plan(nil, &memory, now: now, keeping: .all) { _ in }
        var products: [String: Product] = [:]
        var contested: Set<String> = []
        for planned in plan.products() where names.contains(planned.file) && !planned.url.isEmpty {
            if let before = products.updateValue(planned.product, forKey: planned.file), before.url != planned.url {
                contested.insert(planned.file)
            }
        }
        // Of several objects with one name nobody knows which one the file should be.
        for name in contested { products[name] = nil }
        return products
    }

    private func judge(
        _ path: String,
        _ product: Product?,
        _ service: Service,
        _ pace: ReadingPace
    ) async throws -> Verdict {
        let project = self.archive.project
        do {
            guard let product else { return try await self.judgeByStructure(path, nil, nil, pace) }
            switch try await ObjectHeadQuestion(client: service.engine).ask(product.url) {
            case .unknown(let reason): return .left("not compared with HyP3's this time: \(reason)")
            case .nothing: return try await self.judgeByStructure(path, product, nil, pace)
            case .object(let size, let evidence):
                let found = try await onStoppableThread(to: "read a file") { stop in
                    let file = FoundFile(project: project, path: path, pace: pace, stop: stop)
                    return try file.state()
                }
                guard let found else { return .left("gone meanwhile") }
                guard found.size == size else {
                    let bytes = Count.of(Int(clamping: found.size), "byte")
                    let isHalf = found.size < size
                    let reason =
                        isHalf
                        ? "it holds \(bytes) of the \(size) that HyP3 has" : "it holds \(bytes), HyP3 has \(size)"
                    return .broken(finding: isHalf ? "half" : "other", reason: reason, found, product)
                }
                return try await self.compare(path, product, found, evidence, service, pace)
            }
        } catch let error as FilesystemError {
            return .left("\(error)")
        } catch let failure as FetchFailure {
            return .left("not compared with HyP3's this time: \(failure.reason)")
        }
    }

    /// Climbs the ladder of proofs with the bytes that lie here.
    private func compare(
        _ path: String,
        _ product: Product,
        _ found: FileState,
        _ evidence: ServiceEvidence,
        _ service: Service,
        _ pace: ReadingPace
    ) async throws -> Verdict {
        let project = self.archive.project
        let digest: @Sendable (Set<DigestSet.Kind>) async throws -> DigestSet.Results = { kinds in
            try await onStoppableThread(to: "digest a file") { stop in
                try FoundFile(project: project, path: path, pace: pace, stop: stop).digests(kinds)
            }
        }
        let plan = ProofPlan(evidence, total: found.size)
        let digests = try await digest(plan.kinds)
        let judge = ProofJudge(
            assembled: Assembled(evidence: evidence, announced: found.size, doubt: nil, digests: digests),
            digestAgain: digest,
            question: PartQuestion(url: product.url, client: service.engine, clock: service.clock)
        )
        let (proof, sha256): (Proof, String)
        do {
            (proof, sha256) = try await judge.proof(corruptBefore: [])
        } catch let failure as FetchFailure where failure.kind == .corrupt {
            return .broken(finding: "other", reason: failure.reason, found, product)
        }
        guard proof != .lengthOnly else { return try await self.judgeByStructure(path, product, evidence.etag, pace) }
        var entry = ManifestEntry(
            product.at(path),
            size: found.size,
            sha256: sha256,
            etag: evidence.etag,
            proof: proof,
            archived: CivilTime(self.session.pace.now()).date
        )
        entry.published = evidence.lastModified
        entry.modified = found.modified
        return .adopted(entry)
    }

    /// What HyP3 has no more can only be held against itself.
    private func judgeByStructure(
        _ path: String,
        _ product: Product?,
        _ etag: String?,
        _ pace: ReadingPace
    ) async throws -> Verdict {
        let project = self.archive.project
        let now = CivilTime(self.session.pace.now()).date
        return try await onStoppableThread(to: "read a file") { stop in
            let file = FoundFile(project: project, path: path, pace: pace, stop: stop)
            guard let found = try file.state() else { return .left("gone meanwhile") }
            switch try file.structure(length: found.size) {
            case .damaged(let reason): return .broken(finding: "half", reason: reason, found, product)
            case .unchecked: return .left("HyP3 has it no more, and its kind shows nothing of whether it is whole")
            case .sound: break
            }
            guard let sha256 = try file.digests([.whole(.sha256)]).whole(.sha256)?.hex else {
                return .left("no digest was computed")
            }
            let made = found.modified.map { Date(timeIntervalSince1970: TimeInterval($0 / 1_000_000_000)) } ?? now
            let known = product ?? Product(unknownAt: path, made: made)
            var entry = ManifestEntry(
                known.at(path),
                size: found.size,
                sha256: sha256,
                etag: etag,
                proof: .lengthOnly,
                archived: now
            )
            if etag == nil { entry.check = Self.byStructure }
            entry.modified = found.modified
            return .adopted(entry)
        }
    }
}

extension Product {
    /// The same at another path below the project's directory.
    fileprivate func at(_ path: String) -> Product {
        Product(
            file: SystemCalls.name(of: path),
            path: path,
            url: self.url,
            provenance: self.provenance,
            named: self.named,
            wanted: self.wanted,
            listed: self.listed
        )
    }

    /// A file of which HyP3 tells nothing.
    ///
    /// - Parameter made: when it was written, at the latest.
    fileprivate init(unknownAt path: String, made: Date) {
        self.init(
            file: SystemCalls.name(of: path),
            path: path,
            url: "",
            provenance: Provenance(
                jobID: "",
                jobType: "",
                jobName: nil,
                parametersJSON: nil,
                requested: made,
                expires: nil
            )
        )
    }
}
