/// The first few of what may be very many, how many there were, and which, unless they are too many to remember.
package struct FirstFew: Sendable, Hashable {
    private static let most = 5
    /// Keys that are kept at most, of some 40 bytes each.
    static let mostKeys = 10_000

    package private(set) var first: [UnreadableJob] = []
    package private(set) var count = 0
    private(set) var keys: Set<String> = []
    /// There are more than `keys`.
    private(set) var isOverfull = false

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    package mutating func append(_ job: UnreadableJob) {
        self.count += 1
        self.insert(job.key)
        guard self.first.count < Self.most else { return }
        let id = job.jobID.map { String($0.unicodeScalars.prefix(120)) }
        self.first.append(UnreadableJob(jobID: id, reason: job.reason))
    }

    private mutating func insert(_ key: String) {
        if self.keys.count < Self.mostKeys {
            self.keys.insert(key)
        } else if !self.keys.contains(key) {
            self.isOverfull = true
        }
    }

    package mutating func append(_ other: FirstFew) {
        self.count += other.count
        for key in other.keys { self.insert(key) }
        if other.isOverfull { self.isOverfull = true }
        self.first += other.first.prefix(Self.most - self.first.count)
    }

    /// In words, one sentence: `3 jobs` and what is wrong with the first of them.
    package func sentence(_ what: String) -> String {
        let rest = self.count - self.first.count
        return "\(Count.of(self.count, "job")) \(what): \(self.first.map(\.description).joined(separator: "; "))"
            + (rest > 0 ? "; and \(rest) more" : "")
    }
}
