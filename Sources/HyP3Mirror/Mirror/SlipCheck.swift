/// Looks for slips in the configuration: a run that asks for what nobody ever had.
struct SlipCheck {
    private let settings: ProjectSettings
    private let reader: PageReader
    private let listing: BucketListing

    init(_ settings: ProjectSettings, _ reader: PageReader, _ listing: BucketListing) {
        self.settings = settings
        self.reader = reader
        self.listing = listing
    }

    /// Ends a run that looks like a slip in the configuration as a whole, unless the user expects it to have nothing yet.
    ///
    /// - Parameter evidence: the plan's own, and what was learned since.
    /// - Throws: `SuspectConfiguration`, `CancellationError`.
    func check(_ plan: Plan, _ evidence: SuffixEvidence, _ memory: RunMemory) async throws {
        if self.settings.mayBeEmpty { return }
        let met = memory.met(self.settings)
        var sentences: [String] = []
        if plan.jobs == 0, evidence.unreadableJobs == 0, plan.policy.listedFrom == nil, !met.hasJobs {
            let search = JobSearch(reader: self.reader, query: JobQuery(self.settings))
            if let sentence = try await search.sentence() { sentences.append(sentence) }
        }
        for suspicion in plan.suspicions(evidence, met: met) {
            let nearest: String? =
                switch suspicion {
                case .suffix(let suffix, _): try await self.nearest(to: suffix, plan)
                case .parameter(let name): NearestName.nearest(to: name, among: evidence.otherParameters.sorted())
                case .reason, .noJobs: nil
                }
            sentences.append(suspicion.sentence(nearest: nearest))
        }
        if !sentences.isEmpty { throw SuspectConfiguration(sentences) }
    }

    /// The suffix most like it of those that the bucket lists for a job without it; nil where it cannot be listed.
    private func nearest(to suffix: SuffixTemplate, _ plan: Plan) async throws -> String? {
        guard let sample = plan.sample(without: suffix), let address = plan.address(of: sample),
            case .objects(let objects) = try await self.listing.objects(at: address)
        else { return nil }
        let stem = address.name.utf8
        let suffixes = objects.keys.map(\.text).filter { $0.utf8.starts(with: stem) }.map {
            String(Substring($0.utf8.dropFirst(stem.count)))
        }
        return NearestName.nearest(to: suffix.text, among: suffixes.sorted())
    }

    /// Asks, before anything is made for a project that has no state yet, whether there is any job of it: what a slip of
    /// the pen names is not to leave a directory behind.
    ///
    /// - Returns: the page that told; nil where nothing was asked.
    /// - Throws: `SuspectConfiguration`, and as `Planning.plan`.
    func enter(_ project: ProjectDirectory) async throws -> EarlyPage? {
        guard !self.settings.mayBeEmpty, try SystemCalls.kind(of: project.state) == nil else { return nil }
        let query = JobQuery(self.settings)
        let early = try await EarlyPage(of: query, self.reader, parameters: self.settings.templateParameters)
        let search = JobSearch(reader: self.reader, query: query)
        if early.isEmpty, try await !search.hasJobs(), let sentence = try await search.sentence() {
            throw SuspectConfiguration([sentence])
        }
        return early
    }
}

extension SuffixEvidence {
    /// What the bucket's listing of a job tells.
    mutating func note(_ survey: JobSurvey) {
        for template in survey.met { self.meet(template) }
    }

    /// What the fetching of a product came to.
    mutating func note(_ outcome: FetchOutcome) {
        guard let template = outcome.product.wanted?.template else { return }
        switch outcome.result {
        case .left: break
        case .archived: self.meet(template)
        case .failed(let failure):
            switch failure.kind {
            case .absent: self.miss(template)
            case .corrupt, .changed, .damagedUpstream, .unverifiable: self.meet(template)
            case .transient, .throttled, .missing, .expired, .refused, .permanent: break
            }
        }
    }
}
