package import FoundationEssentials

/// How long products took from their order into the archive, of those archived last.
package struct Latency: Sendable, Hashable, Codable {
    /// Of a number of products, in seconds.
    package struct Spread: Sendable, Hashable, Codable {
        package var products: Int
        package var median: Int
        /// 95 % of the products took no longer.
        package var p95: Int

        /// Nil without any.
        init?(_ seconds: [Int]) {
            guard !seconds.isEmpty else { return nil }
            let ordered = seconds.sorted()
            self.products = ordered.count
            self.median = ordered[(ordered.count - 1) / 2]
            self.p95 = ordered[(ordered.count * 95 + 99) / 100 - 1]
        }
    }

    /// Products that are looked at.
    static let most = 5000

    /// Those that were looked at, and when the first of them was archived (UTC).
    package var products = 0
    package var since: Date?
    /// From the order of the job until its product was in the archive.
    package var requestedToArchived: Spread?
    /// Until the product lay at its host, as that says; and from then into the archive.
    package var requestedToPublished: Spread?
    package var publishedToArchived: Spread?

    private enum CodingKeys: String, CodingKey {
        case products, since
        case requestedToArchived = "requested_to_archived"
        case requestedToPublished = "requested_to_published"
        case publishedToArchived = "published_to_archived"
    }

    package init() {}

    /// Blocks.
    ///
    /// - Throws: `FilesystemError`, `CancellationError`.
    init(_ known: KnownFiles, stop: StopFlag) throws {
        var newest = known.all.indices.filter { !known.all[$0].isQuicklook }
        if newest.count > Self.most {
            newest.sort { a, b in
                let (a, b) = (known.all[a], known.all[b])
                return (a.archived, a.place) > (b.archived, b.place)
            }
            newest.removeSubrange(Self.most...)
        }
        let lines = try ManifestLines(known.manifests)
        var (whole, making, fetching): ([Int], [Int], [Int]) = ([], [], [])
        for place in newest {
            if stop.isRaised { throw CancellationError() }
            let file = known.all[place]
            // Of what was adopted without word of HyP3, nobody knows when it was ordered.
            guard let entry = try lines.entry(at: file.place), !entry.jobID.isEmpty else { continue }
            self.products += 1
            self.since = min(self.since ?? entry.archived, entry.archived)
            Self.add(entry.requested, entry.archived, to: &whole)
            guard let published = entry.published else { continue }
            Self.add(entry.requested, published, to: &making)
            Self.add(published, entry.archived, to: &fetching)
        }
        self.requestedToArchived = Spread(whole)
        self.requestedToPublished = Spread(making)
        self.publishedToArchived = Spread(fetching)
    }

    /// Times of two clocks that contradict each other say nothing.
    private static func add(_ start: Date, _ end: Date, to list: inout [Int]) {
        let seconds = end.timeIntervalSince(start)
        guard seconds > -60, seconds < 1e10 else { return }
        list.append(max(0, Int(seconds)))
    }
}
