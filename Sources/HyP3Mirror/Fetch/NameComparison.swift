/// Asks buckets whether products with one file name are one product.
struct NameComparison: Sendable {
    let listing: BucketListing

    /// Asked side by side.
    private static let width = 8
    /// Products that are asked about in one run at most: each costs a request or two.
    private static let mostContests = 2_000

    /// The plan with what is known of its contested names; what could not be compared stays contested.
    ///
    /// - Throws: `CancellationError`
    func compared(_ plan: Plan) async throws -> Plan {
        let contests = plan.contests
        var learned: [(contest: Plan.Contest, likeness: Likeness)] = contests.dropFirst(Self.mostContests).map {
            ($0, Likeness($0.stated, $0.rival.recorded))
        }
        var waiting = contests.prefix(Self.mostContests).makeIterator()
        try await withThrowingTaskGroup(of: (Plan.Contest, Likeness).self) { group in
            for _ in 0..<Self.width {
                guard let contest = waiting.next() else { break }
                group.addTask { (contest, try await self.likeness(contest)) }
            }
            while let (contest, likeness) = try await group.next() {
                learned.append((contest, likeness))
                if let contest = waiting.next() { group.addTask { (contest, try await self.likeness(contest)) } }
            }
        }
        return plan.settling(learned)
    }

    private func likeness(_ contest: Plan.Contest) async throws -> Likeness {
        let own = try await self.object(at: contest.url) ?? contest.stated
        // What is archived is held against, whatever lies in the bucket by now.
        if let recorded = contest.rival.recorded { return Likeness(recorded, own) }
        return Likeness(try await self.object(at: contest.rival.url), own)
    }

    private func object(at url: String) async throws -> ListedObject? {
        guard let url = try? HTTPURL(url), let address = BucketAddress(url),
            case .objects(let objects) = try await self.listing.objects(at: address)
        else { return nil }
        return objects[ByteName(address.name)]
    }
}
