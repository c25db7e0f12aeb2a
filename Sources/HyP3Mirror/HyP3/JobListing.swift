/// Lists the jobs of a query: page after page, in several windows of request time side by side.
package struct JobListing: Sendable {
    /// What a listing came to.
    package struct Summary: Sendable, Hashable {
        package var pages = 0
        package var jobs = 0
        /// Jobs that could not be read; each told once a day (`RunEvent.foundUnreadable`).
        package var unreadable = FirstFew()
        /// Jobs whose expiration cannot be read.
        package var withUnknownEnd = FirstFew()

        package init() {}
    }

    /// Windows at once unless the service asks for less; a courtesy to a service that others use, too.
    package static let defaultWindows = 6

    private let reader: PageReader
    private let windows: Int

    package init(reader: PageReader, windows: Int = JobListing.defaultWindows) {
        self.reader = reader
        self.windows = max(1, windows)
    }

    /// Reads every job of `query`, each once.
    ///
    /// At most one page a window is in memory besides the one delivered. The number of windows halves whenever the
    /// service answers 429 or 5xx.
    ///
    /// - Parameters:
    ///   - parameters: names of the job parameters to keep in `Job.templateParameters`.
    ///   - early: a page that was read before, with the same parameters, and is not asked for again.
    ///   - deliver: called with one page after another, never two at once; pages come in no order, and may be empty.
    /// - Throws: `CatalogError`, `LoginError`, `CancellationError`, or what `deliver` throws. Jobs delivered before that
    ///   are not all there are.
    package func read(
        _ query: JobQuery,
        parameters: Set<String>,
        early: EarlyPage? = nil,
        deliver: (JobPage) async throws -> Void
    ) async throws -> Summary {
        let reader = self.reader
        var schedule = WindowSchedule(query: query, origin: reader.origin, now: reader.pace.now())
        var width = self.windows
        var reading = 0
        var summary = Summary()
        try await withThrowingTaskGroup(of: (window: Int, url: HTTPURL, PageReader.Reading).self) { group in
            func fill() {
                while reading < width, let request = schedule.begin(idle: width - reading) {
                    reading += 1
                    if let early, early.url == request.url {
                        group.addTask { (request.window, request.url, early.reading) }
                        continue
                    }
                    group.addTask {
                        (request.window, request.url, try await reader.page(at: request.url, parameters: parameters))
                    }
                }
            }
            fill()
            while let (window, url, result) = try await group.next() {
                reading -= 1
                if result.wasSlowedDown { width = max(1, width / 2) }
                let next = try result.page.next.map { text throws(CatalogError) in try reader.link(text, from: url) }
                let page = try schedule.finish(window, page: result.page, next: next)
                fill()
                summary.pages += 1
                summary.jobs += page.jobs.count
                summary.unreadable.append(page.unreadable)
                summary.withUnknownEnd.append(page.withUnknownEnd)
                try await deliver(page)
            }
        }
        return summary
    }
}
