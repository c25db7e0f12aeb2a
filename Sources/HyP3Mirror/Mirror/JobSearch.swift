/// Looks, where HyP3 lists no job of a query, for what was probably meant.
struct JobSearch {
    let reader: PageReader
    let query: JobQuery

    /// Pages that are looked through for names of jobs.
    private static let mostPages = 4
    /// Pages that are looked through for a job of any time; HyP3 may give many without one.
    private static let mostPagesOfName = 40

    private struct Found: Error {}

    /// Whether HyP3 lists a job of the query. Where it does, that is told by the first page or two.
    ///
    /// - Throws: as `JobListing.read`.
    func hasJobs() async throws -> Bool {
        do {
            let summary = try await JobListing(reader: self.reader).read(self.query, parameters: []) { page in
                if !page.jobs.isEmpty { throw Found() }
            }
            return !summary.unreadable.isEmpty
        } catch is Found {
            return true
        }
    }

    /// What is suspicious about a query that no job answers to; nil where there are jobs of other times, or where nobody
    /// knows.
    ///
    /// - Throws: `CancellationError`. Where the service does not answer, less is said.
    func sentence() async throws -> String? {
        if self.query.start != nil || self.query.end != nil {
            var anyTime = self.query
            (anyTime.start, anyTime.end) = (nil, nil)
            var isEmpty = true
            let isWhole = try await self.walk(anyTime, most: Self.mostPagesOfName) { page in
                isEmpty = page.jobs.isEmpty && page.unreadable.isEmpty
                return isEmpty
            }
            guard isWhole, isEmpty else { return nil }
        }
        var (names, types): (Set<String>, Set<String>) = ([], [])
        _ = try await self.walk(JobQuery(userID: self.query.userID), most: Self.mostPages) { page in
            for job in page.jobs {
                if let name = job.name { names.insert(name) }
                if self.query.name == nil || job.name == self.query.name { types.insert(job.type) }
            }
            return true
        }
        guard let name = self.query.name, !names.contains(name) else {
            let nearest = self.query.jobType.flatMap { NearestName.nearest(to: $0, among: types.sorted()) }
            return Suspicion.noJobs(self.query).sentence(nearest: nearest)
        }
        let nearest = NearestName.nearest(to: name, among: names.sorted())
        return Suspicion.noJobs(JobQuery(name: name, userID: self.query.userID)).sentence(nearest: nearest)
    }

    /// Reads pages, the newest jobs first, until `visit` has enough.
    ///
    /// - Returns: whether the list came to its end, or `visit` ended it.
    private func walk(_ query: JobQuery, most: Int, _ visit: (JobPage) -> Bool) async throws -> Bool {
        do {
            var url = query.url(at: self.reader.origin)
            for _ in 0..<most {
                let page = try await self.reader.page(at: url, parameters: []).page
                guard visit(page), let next = page.next else { return true }
                url = try self.reader.link(next, from: url)
            }
        } catch {
            // An answer to this question is a help, and none is no trouble of the run.
            try Task.checkCancellation()
        }
        return false
    }
}
