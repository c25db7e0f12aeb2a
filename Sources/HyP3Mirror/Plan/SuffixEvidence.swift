/// What a listing, the buckets and the archive say of the wanted suffixes: whether any job ever had such a product.
///
/// Only jobs that have succeeded count. What HyP3 has deleted says nothing, unless it was proven absent before.
package struct SuffixEvidence: Sendable {
    private struct Finding {
        /// Whether a product exists, or has existed.
        var isMet = false
        /// Products proven not to exist.
        var absent = 0
        /// Products of which that is not known yet.
        var open = 0
    }

    /// So many jobs make a pattern of what might be chance.
    package static let handful = 5
    private static let mostNames = 100

    private let templates: [SuffixTemplate]
    private var findings: [Finding]
    /// Jobs that have succeeded, of those that are planned.
    private(set) var jobs = 0
    /// Jobs that could not be read; what they have nobody knows.
    package var unreadableJobs = 0
    /// Names of the job parameters that suffixes need and that a job has; null counts.
    private var parameters: Set<String> = []
    /// Names of the parameters of a job that lacks one that a suffix needs.
    private(set) var otherParameters: Set<String> = []
    /// Why products are not to be had apart from absence, each with its number of jobs and the last of them; two at most,
    /// as more are no one reason for all.
    private var reasons: [String: (jobs: Int, last: Int)] = [:]
    private var isFinished = false

    package init(_ templates: [SuffixTemplate]) {
        self.templates = templates
        self.findings = Array(repeating: Finding(), count: templates.count)
    }

    /// The next job of the plan; what is said of products from now on is about it.
    mutating func begin(_ job: Job) {
        self.isFinished = job.status == .succeeded
        guard self.isFinished else { return }
        self.jobs += 1
        if !job.templateParameters.isEmpty { self.parameters.formUnion(job.templateParameters.keys) }
    }

    /// A job that is left out of the plan for a reason that may be the same for all.
    mutating func leaveOut(_ job: Job, _ reason: String) {
        self.isFinished = job.status == .succeeded
        guard self.isFinished else { return }
        self.jobs += 1
        self.note(reason)
    }

    /// What is to become of the job's product by the plan.
    ///
    /// - Parameters:
    ///   - template: index of the suffix.
    ///   - isProven: of an absence.
    mutating func add(_ state: ProductState, _ reason: String?, template: Int, isProven: Bool) {
        guard self.isFinished else { return }
        switch state {
        case .present, .damaged, .missing, .duplicateName: self.findings[template].isMet = true
        case .fetch, .unknown: self.findings[template].open += 1
        case .absent where isProven, .notProduced where isProven: self.findings[template].absent += 1
        case .absent, .notProduced, .unsafeName, .failed: self.note(reason ?? state.rawValue)
        case .unfinished, .expired, .lost: break
        }
    }

    private mutating func note(_ reason: String) {
        guard let before = self.reasons[reason] else {
            if self.reasons.count < 2 { self.reasons[reason] = (1, self.jobs) }
            return
        }
        if before.last != self.jobs { self.reasons[reason] = (before.jobs + 1, self.jobs) }
    }

    /// A product that was to be fetched is another job's, too.
    mutating func withdraw(template: Int) { self.findings[template].open -= 1 }

    /// Takes down which parameters jobs have, where they lack one that a suffix needs.
    mutating func note(_ page: JobPage) {
        guard self.otherParameters.isEmpty,
            self.templates.contains(where: { !$0.parameters.isSubset(of: self.parameters) }),
            let job = page.jobs.first(where: { $0.status == .succeeded }),
            let source = page.jobs(keepingParametersOf: { $0 === job }).first(where: { $0.id == job.id })?
                .parametersJSON
        else { return }
        var names: Set<String> = []
        var reader = JSONReader(Array(source.utf8))
        // It was read as part of its page.
        try? reader.members { reader, key throws(JSONReader.Malformed) in
            if let name = reader.text(key), names.count < Self.mostNames { names.insert(name) }
            _ = try reader.value()
        }
        self.otherParameters = names
    }

    /// A product of that suffix, as configured, exists or has existed.
    package mutating func meet(_ template: String) {
        for index in self.templates.indices where self.templates[index].text == template {
            self.findings[index].isMet = true
        }
    }

    /// A product that was to be fetched is proven not to exist.
    package mutating func miss(_ template: String) {
        for index in self.templates.indices where self.templates[index].text == template {
            self.findings[index].absent += 1
            self.findings[index].open -= 1
        }
    }

    /// What the run has met.
    package func met(hasJobs: Bool) -> EverMet {
        let suffixes = self.templates.indices.filter { self.findings[$0].isMet }.map { self.templates[$0].text }
        return EverMet(hasJobs: hasJobs, suffixes: Set(suffixes), parameters: self.parameters)
    }

    /// Parameters that suffixes need and no job has, of a handful at least.
    var unknownParameters: Set<String> {
        guard self.jobs >= Self.handful else { return [] }
        return Set(self.templates.flatMap(\.parameters)).subtracting(self.parameters)
    }

    /// Suffixes that a handful of products at least are proven not to have, and none has or may have; with their numbers.
    var missing: [(suffix: SuffixTemplate, products: Int)] {
        self.templates.indices.compactMap { index in
            let finding = self.findings[index]
            guard !finding.isMet, finding.open <= 0, finding.absent >= Self.handful else { return nil }
            return (self.templates[index], finding.absent)
        }
    }

    /// The one reason for which nothing of a handful of jobs at least is to be had; nil where there is none, or where
    /// anything is or may be had.
    var reasonForAll: (reason: String, jobs: Int)? {
        guard self.reasons.count == 1, let (reason, count) = self.reasons.first, count.jobs >= Self.handful,
            self.findings.allSatisfy({ !$0.isMet && $0.open <= 0 && $0.absent == 0 })
        else { return nil }
        return (reason, count.jobs)
    }
}
