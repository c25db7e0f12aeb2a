package import FoundationEssentials

/// What is sure since a run that listed every job of its query and failed at nothing: each job that was final then is
/// archived, as far as it had products.
package struct CompleteRun: Sendable, Hashable {
    /// When it started, by this machine's clock (UTC).
    package var started: Date
    /// The suffixes it wanted, as configured, with the start of the first complete run that wanted each.
    package var suffixes: [String: Date]
    /// The earliest request time it was about; nil means no limit.
    package var requestedFrom: Date?
    /// The earliest request time of a job that was not final then, or had a product that is to be asked for again; nil
    /// without any.
    package var openSince: Date?
    /// The latest request time seen (by HyP3's clock); nil without any job.
    package var newestRequest: Date?

    package init(
        started: Date,
        suffixes: [String: Date],
        requestedFrom: Date? = nil,
        openSince: Date? = nil,
        newestRequest: Date? = nil
    ) {
        self.started = started
        self.suffixes = suffixes
        self.requestedFrom = requestedFrom
        self.openSince = openSince
        self.newestRequest = newestRequest
    }

    /// Jobs submitted before were final at this run and need not be looked at again; nil where none can be left out.
    ///
    /// The newest job counts besides this machine's clock, which may be wrong. The day of overlap is for jobs that
    /// appear late, and for seconds of difference between clocks.
    package var mattersFrom: Date? {
        guard let newest = self.newestRequest else { return nil }
        return min(self.started, newest, self.openSince ?? .distantFuture).addingTimeInterval(-86400)
    }

    /// Whether every product of that suffix that the job had was archived by this run or an earlier one, as far as it
    /// existed: what is missing of it now was taken out of the archive since.
    func hasSettled(_ suffix: SuffixTemplate, of job: Job) -> Bool {
        guard self.suffixes[suffix.text] != nil, job.requestTime >= self.requestedFrom ?? .distantPast else {
            return false
        }
        return self.mattersFrom.map { job.requestTime < $0 } ?? false
    }
}
