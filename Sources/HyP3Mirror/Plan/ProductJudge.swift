import FoundationEssentials

/// Says of one wanted product what is to become of it. Pure, and without change while a plan is made.
///
/// A class because it is asked of every product of every job: a value of so many fields would be copied each time.
final class ProductJudge: Sendable {
    struct Verdict {
        let state: ProductState
        /// Where it does not follow from the state.
        let reason: String?
        /// Whether a product that is present lies where the layout puts it.
        let isInPlace: Bool

        init(_ state: ProductState, _ reason: String? = nil, isInPlace: Bool = false) {
            self.state = state
            self.reason = reason
            self.isInPlace = isInPlace
        }
    }

    let policy: PlanPolicy
    let index: ArchiveIndex
    let memory: (any AbsenceMemory)?

    init(_ policy: PlanPolicy, _ index: ArchiveIndex, _ memory: (any AbsenceMemory)?) {
        self.policy = policy
        self.index = index
        self.memory = memory
    }

    /// Where the layout puts the files of a job, where it parts jobs.
    func directory(of job: Job, stem: String?) -> String? {
        let layout = self.policy.naming.layout
        guard layout.partsJobs, let stem else { return nil }
        return try? layout.directory(of: job, stem: stem, acquired: AcquisitionTime.earliest(in: stem))
    }

    /// Whether it is proven that the job has no such product.
    func isProven(
        _ state: ProductState,
        _ filled: SuffixTemplate.Filled,
        _ own: String?,
        of job: Job,
        stem: String?
    ) -> Bool {
        guard let stem, case .suffix(let suffix) = filled else { return false }
        switch state {
        // HyP3 lists all files that end so.
        case .notProduced: return true
        case .absent: return self.memory?.isProvenAbsent(stem + (own ?? suffix), of: job) ?? false
        default: return false
        }
    }

    func verdict(
        on template: SuffixTemplate,
        _ filled: SuffixTemplate.Filled,
        _ own: String?,
        of job: Job,
        _ stem: String?,
        _ directory: String?,
        _ names: inout JobNames?
    ) -> Verdict {
        guard job.status == .succeeded else { return Verdict(job.status == .failed ? .failed : .unfinished) }
        if case .notProduced(let reason) = filled { return Verdict(.notProduced, reason) }
        // Asked first because it is nearly always so, and needs neither path nor URL, whose checks cost more than all else.
        if case .suffix(let suffix) = filled, let stem {
            let layout = self.policy.naming.layout
            let found = self.index.presence(stem: stem, suffix: own ?? suffix, of: job, in: directory, layout)
            if found.isThere { return Verdict(.present, isInPlace: found.isInPlace) }
        }
        let checked = names ?? self.policy.naming.names(of: job)
        names = checked
        let name = checked.product(template, listed: own)
        if case .notProduced(let reason) = name { return Verdict(.notProduced, reason) }
        if case .product(let file, let path, _) = name, let place = self.index.unseen.hiding(file: file, path: path) {
            return Verdict(.unknown, "may be in the archive: \(place.description)")
        }
        if let deletion = job.expires, deletion <= self.policy.now {
            if template.isPattern, case .suffix(let pattern) = filled {
                // What it stood for can no more be told, so nothing can be called lost.
                let isThere = stem.map { self.index.containsMatch(stem: $0, pattern: pattern) } ?? false
                return Verdict(isThere ? .present : .expired, isThere ? "files like it are in the archive" : nil)
            }
            return self.verdict(onExpired: name, template, of: job, deletion)
        }
        switch name {
        case .unsafe(_, let reason): return Verdict(.unsafeName, reason)
        case .noFiles: return Verdict(.failed, "the job succeeded and lists no files")
        case .notProduced(let reason): return Verdict(.notProduced, reason)
        case .product(let file, let path, _):
            if let reason = self.memory?.reasonNotToAsk(for: file, of: job, now: self.policy.now) {
                return Verdict(self.memory?.isDamaged(file, of: job) == true ? .damaged : .absent, reason)
            }
            if case .suffix(let suffix) = filled, let stem,
                let obstacle = self.index.obstacle(stem: stem, suffix: suffix, at: path)
            {
                return Verdict(.unsafeName, obstacle)
            }
            return Verdict(.fetch)
        }
    }

    private func verdict(
        onExpired name: ProductNaming.Name,
        _ template: SuffixTemplate,
        of job: Job,
        _ deletion: Date
    ) -> Verdict {
        guard case .product(let file, _, _) = name else { return Verdict(.expired) }
        switch self.memory?.knowledge(ofExpired: file, of: job) {
        case .lost(let reason): return Verdict(.lost, reason)
        case .absent(let reason):
            return Verdict(self.memory?.isDamaged(file, of: job) == true ? .damaged : .absent, reason)
        case .missing(let reason): return Verdict(.missing, reason)
        case nil: break
        }
        guard self.policy.earlier.hasLost(template, of: job, deletion: deletion) else {
            return Verdict(.expired)
        }
        // Where somebody has sorted it, nobody knows.
        guard self.index.unseen.hideNothing else {
            return Verdict(.unknown, "gone upstream, and may be in a part of the archive that was not seen")
        }
        return Verdict(.lost)
    }
}

extension ArchiveIndex {
    /// Whether a file of this name may be the job's, and whether it lies where the layout puts it.
    ///
    /// - Parameter directory: of the job's files by the layout, with a slash at the end; nil where it has none.
    func presence(
        stem: String,
        suffix: String,
        of job: Job,
        in directory: String?,
        _ layout: Layout
    ) -> (isThere: Bool, isInPlace: Bool) {
        guard layout.partsJobs else {
            let isThere = self.contains(stem: stem, suffix: suffix)
            return (isThere, isThere)
        }
        let found = self.directories(stem: stem, suffix: suffix)
        if found.isEmpty { return (false, false) }
        if let directory, found.contains(where: { $0.elementsEqual(directory.utf8.dropLast()) }) { return (true, true) }
        guard layout.namesJobs else { return (true, false) }
        return (found.contains { !JobsInPath.isOfAnother(than: job.id, $0) }, false)
    }
}
