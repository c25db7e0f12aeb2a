/// What makes a run as a whole look like a slip in its configuration: of what it asks for, nobody ever had anything.
package enum Suspicion: Sendable, Hashable {
    /// So many products are proven not to exist, and none with this suffix is known.
    case suffix(SuffixTemplate, products: Int)
    /// No job has a parameter that a suffix needs.
    case parameter(String)
    /// Nothing of so many jobs is to be had, for one reason.
    case reason(String, jobs: Int)
    /// There is no such job.
    case noJobs(JobQuery)

    /// One sentence for people, without its cure.
    ///
    /// - Parameter nearest: what was probably meant, of the same kind; nil where nothing is known that it could be.
    package func sentence(nearest: String? = nil) -> String {
        let near = nearest.map { ForeignText.shown($0) }
        switch self {
        case .suffix(let suffix, let products):
            return "none of \(Count.of(products, "job")) has \(suffix)"
                + (near.map { "; their bucket lists \($0)" } ?? "")
        case .parameter(let name):
            return "no job has a parameter \(name)" + (near.map { "; there is \($0)" } ?? "")
        case .reason(let reason, let jobs):
            return "nothing of \(Count.of(jobs, "job")) is to be had, for one reason: \(ForeignText.shown(reason))"
        case .noJobs(let query):
            var text = "no job"
            if let type = query.jobType { text += " of type \(Self.quoted(type))" }
            if let name = query.name { text += " named \(Self.quoted(name))" }
            text += query.userID.map { " for user \(Self.quoted($0))" } ?? " for this user"
            return text + (nearest.map { "; there is \(Self.quoted($0))" } ?? "")
        }
    }

    /// What puts an end to it.
    package static let cure = "correct the configuration, or give --allow-empty until there is a first product"

    private static func quoted(_ text: String) -> String { "'\(ForeignText.quoted(text).dropFirst().dropLast())'" }
}

extension Plan {
    /// What looks like a slip in the configuration by what is known of the jobs that were listed. Nothing is suspected by a
    /// part of a listing, nor of what the archive holds or an earlier run met.
    ///
    /// - Parameters:
    ///   - evidence: the plan's own, and what was learned since.
    ///   - met: by earlier runs.
    package func suspicions(_ evidence: SuffixEvidence, met: EverMet) -> [Suspicion] {
        guard self.policy.listedFrom == nil else { return [] }
        func isKnown(_ suffix: SuffixTemplate) -> Bool {
            met.suffixes.contains(suffix.text) || self.index.holds(suffix)
        }
        var found: [Suspicion] = []
        for name in evidence.unknownParameters.subtracting(met.parameters).sorted() {
            let needing = self.policy.suffixes.filter { $0.parameters.contains(name) }
            if !needing.contains(where: isKnown) { found.append(.parameter(name)) }
        }
        for (suffix, products) in evidence.missing where !isKnown(suffix) {
            found.append(.suffix(suffix, products: products))
        }
        if found.isEmpty, let (reason, jobs) = evidence.reasonForAll, !self.policy.suffixes.contains(where: isKnown) {
            found.append(.reason(reason, jobs: jobs))
        }
        return found
    }

    /// A job that has no product with that suffix, and that HyP3 still has; its bucket may tell what it has instead.
    func sample(without suffix: SuffixTemplate) -> KeptJob? {
        self.kept.first { kept in
            kept.job.expires.map { $0 > self.policy.now } ?? true
                && kept.rows.contains { row in
                    self.policy.suffixes[row.template] == suffix && (row.state == .fetch || row.state == .absent)
                }
        }
    }
}
