package import FoundationEssentials
import Glibc

/// Since when runs of a project have found HyP3 down, and when somebody was told: `outage.json`, which is there only while
/// they do. cron mails what a run prints, and an outage of a weekend needs no mail every ten minutes.
///
/// Of a pattern nobody can say then which projects it stands for: each of those that are in the archive remembers it.
package struct OutageBook: Sendable {
    package struct Entry: Sendable, Hashable, Codable {
        /// Start of the first run that found it down (UTC).
        package var since: Date
        /// When a run last said so (UTC).
        package var told: Date

        package init(since: Date, told: Date) { (self.since, self.told) = (since, told) }

        /// What is to be remembered of one more run that found it down.
        ///
        /// - Returns: and whether it is to say so. A time later than now is of a clock since set back.
        package static func next(
            after earlier: Entry?,
            started: Date,
            now: Date,
            every interval: Duration = .seconds(3600)
        ) -> (entry: Entry, isDue: Bool) {
            guard let earlier, earlier.since <= now, earlier.told <= now else {
                return (Entry(since: started, told: now), true)
            }
            let isDue = now.timeIntervalSince(earlier.told) >= Double(interval.components.seconds)
            return (Entry(since: earlier.since, told: isDue ? now : earlier.told), isDue)
        }
    }

    private let paths: [String]

    /// - Parameter projects: that remember it.
    package init(_ projects: [ProjectSettings]) { self.paths = projects.map { ProjectDirectory($0).outage } }

    /// What the last run left; nil also where it cannot be read. Blocks.
    package var entry: Entry? {
        let entries = self.paths.compactMap { path -> Entry? in
            guard let bytes = try? SystemCalls.contents(of: path, limit: 4096) else { return nil }
            return JSONLines.decode(Entry.self, from: bytes[...]).first
        }
        return entries.max { $0.told < $1.told }
    }

    /// A run found HyP3 down. Blocks.
    ///
    /// - Returns: since when it is, and whether to say so: always, where nothing can be remembered.
    package func note(started: Date, now: Date) -> (since: Date, isDue: Bool) {
        let (next, isDue) = Entry.next(after: self.entry, started: started, now: now)
        do {
            if isDue {
                let bytes = try JSONLines.encode([next])
                for path in self.paths {
                    try replaceFile(at: path, with: bytes, through: "\(path).\(getpid()).tmp")
                }
            }
            return (next.since, isDue)
        } catch {
            return (next.since, true)
        }
    }

    /// A run had HyP3's answers. Blocks.
    package func clear() { for path in self.paths { unlink(path) } }
}
