package import FoundationEssentials
package import Logging

/// Lists the jobs of an account by their names, for whoever is to choose one.
package struct AccountJobs: Sendable {
    /// The jobs of one name.
    package struct Named: Sendable, Hashable {
        /// Nil for jobs without one.
        package let name: String?
        package internal(set) var jobs = 0
        /// In order.
        package internal(set) var types: Set<String> = []
        /// When the first and the last of them were requested (UTC).
        package internal(set) var requested: ClosedRange<Date>
        /// Jobs whose products HyP3 still has.
        package internal(set) var kept = 0
        /// When HyP3 deletes the first of these (UTC); nil for never.
        package internal(set) var deletion: Date?
    }

    /// What an account has.
    package struct Listing: Sendable, Hashable {
        /// The name with the latest job first.
        package internal(set) var names: [Named] = []
        /// Jobs of further names, which are not told.
        package internal(set) var others = 0
        /// Jobs that cannot be read.
        package internal(set) var unreadable = 0
    }

    /// Names that are told apart: an account may give each job its own.
    static let mostNames = 10_000

    private let settings: ProjectSettings
    private let session: ServiceSession
    private let logger: Logger

    /// - Parameter settings: of any project; of those, where HyP3 and the login are, whose the jobs are, and which ones.
    package init(_ settings: ProjectSettings, _ session: ServiceSession, logger: Logger) {
        self.settings = settings
        self.session = session
        self.logger = logger
    }

    /// - Parameters:
    ///   - stop: is asked to cancel the task where nothing moves any more.
    ///   - onEvent: gets what the user should know of credentials and jobs.
    /// - Throws: `LoginError`, `CatalogError`, `Standstill`, `CancellationError`.
    package func run(stop: RunStop = RunStop(), onEvent: (RunEvent) -> Void = { _ in }) async throws -> Listing {
        let motion = Motion()
        do {
            return try await withWatchdog(motion, patience: self.session.patience.standstill, stop) {
                try await self.session.withService(self.settings) { service in
                    motion.follow(service.engine)
                    let reader = try self.session.reader(self.settings, service, logger: self.logger, onEvent: onEvent)
                    return try await self.list(service, reader)
                }
            }
        } catch {
            if case .standstill(let sentence) = stop.cause { throw Standstill(description: sentence) }
            throw error
        }
    }

    private func list(_ service: Service, _ reader: PageReader) async throws -> Listing {
        var query = JobQuery(self.settings)
        query.name = nil
        var tally = AccountTally()
        let summary = try await JobListing(reader: reader).read(query, parameters: []) { page in
            for job in page.jobs { tally.add(job, now: service.clock.now) }
        }
        var listing = tally.listing
        listing.unreadable = summary.unreadable.count
        return listing
    }
}

extension AccountJobs.Listing {
    /// A line for each name, and a line that says what to do with it.
    package var lines: [String] {
        var lines: [String] = []
        for named in self.names {
            let name = named.name.map { "'\(ForeignText.quoted($0).dropFirst().dropLast())'" } ?? "(without a name)"
            let types = named.types.sorted().map { ForeignText.shown($0) }.joined(separator: ", ")
            let (first, last) = (CivilTime(named.requested.lowerBound), CivilTime(named.requested.upperBound))
            let days = first.dayText == last.dayText ? first.dayText : "\(first.dayText) to \(last.dayText)"
            lines.append("\(name): \(Count.of(named.jobs, "job")) (\(types)), requested \(days); \(named.what)")
        }
        if self.others > 0 { lines.append("… and \(Count.of(self.others, "job")) of other names") }
        if self.unreadable > 0 { lines.append("\(Count.of(self.unreadable, "job")) cannot be read") }
        if self.names.isEmpty { lines.append("this account has no jobs") }
        return lines
    }
}

extension AccountJobs.Named {
    fileprivate var what: String {
        guard self.kept > 0 else { return "HyP3 has no product of them any more" }
        let until = self.deletion.map { ", the first until \(CivilTime($0).dayText)" } ?? ""
        return "HyP3 has the products of \(self.kept)\(until)"
    }
}
