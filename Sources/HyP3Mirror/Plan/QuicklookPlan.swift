import FoundationEssentials

/// Which images of jobs are to be archived beside their products. Pure: pages and index in, files out.
///
/// HyP3 names them for each job (`browse_images`, `thumbnail_images`). They are wanted as far as they can be had: one that
/// is not there is no loss.
struct QuicklookPlan: Sendable {
    /// That one run fetches at most; the next goes on.
    static let most = 10_000

    private let policy: PlanPolicy
    private let index: ArchiveIndex
    private let memory: any AbsenceMemory
    private(set) var products: [Product] = []
    /// The earliest request time of a job with an image that `products` had no room for; nil without one.
    private(set) var openSince: Date?
    /// Names that are planned, by `ByteStrings.hash`.
    private var names: Set<UInt64> = []

    init(policy: PlanPolicy, index: ArchiveIndex, memory: any AbsenceMemory) {
        self.policy = policy
        self.index = index
        self.memory = memory
    }

    mutating func add(_ page: JobPage) {
        for place in page.jobs.indices {
            let job = page.jobs[place]
            guard job.status == .succeeded, job.expires.map({ $0 > self.policy.now }) ?? true,
                self.policy.exclusion(of: job) == nil, let stem = ProductNaming.uncheckedStem(of: job)
            else { continue }
            for url in page.images(of: place) { self.add(url, of: job, stem: stem) }
        }
    }

    private mutating func add(_ text: String, of job: Job, stem: String) {
        guard let url = try? HTTPURL(PercentEncoding.repaired(text)), url.origin.isConfidential,
            let file = Self.name(of: url), !self.isProduct(file),
            let directory = try? self.policy.naming.layout.directory(
                of: job,
                stem: stem,
                acquired: AcquisitionTime.earliest(in: stem)
            )
        else { return }
        let path = directory + file
        guard !self.isThere(file), self.index.unseen.hiding(file: file, path: path) == nil,
            self.index.obstacle(stem: file, suffix: "", at: path) == nil,
            self.memory.reasonNotToAsk(for: file, of: job, now: self.policy.now) == nil,
            self.names.insert(ByteStrings.hash(file)).inserted
        else { return }
        guard self.products.count < Self.most else {
            self.openSince = min(self.openSince ?? job.requestTime, job.requestTime)
            return
        }
        var product = Product(
            file: file,
            path: path,
            url: "\(url.origin)\(url.path)",
            provenance: Provenance(job),
            named: job.files
        )
        product.isQuicklook = true
        self.products.append(product)
    }

    /// The file's name; nil for one that must not become a path, or is no image's.
    private static func name(of url: HTTPURL) -> String? {
        let last = url.path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let name = PercentEncoding.decoded(last)
        guard PathComponent.refusal(of: name) == nil,
            QuicklookName.endings.contains(where: { name.hasSuffix($0) })
        else { return nil }
        return name
    }

    /// Whether it is wanted as a product, and planned as such.
    private func isProduct(_ file: String) -> Bool {
        self.policy.suffixes.contains { SuffixTemplate.matches(file, pattern: "*" + $0.pattern) }
    }

    private func isThere(_ file: String) -> Bool { self.index.contains(stem: file, suffix: "") }
}
