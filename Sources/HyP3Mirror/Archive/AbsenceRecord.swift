package import FoundationEssentials

/// A product that is not to be had: a line of `absent.jsonl`.
package struct AbsenceRecord: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        /// Asked for while HyP3 should have had it.
        case absent
        /// Fetched, and broken although the service's digest is right: it was broken before its upload.
        case damaged
        /// Expired while the archive was being kept, and told so once.
        case lost
        /// Archived, taken out of the archive, expired, and told so once.
        case missing
    }

    package var schema = 1
    package var file: String
    package var jobID: String
    package var state: State
    /// When it was first and last found so (UTC, whole seconds).
    package var first: Date
    package var last: Date
    /// How often it was asked for; of an absent one all times on the job's first day counted as one.
    package var asked: Int
    /// When the job was submitted, and when HyP3 deletes its products; nil means never, or not said (UTC).
    package var requested: Date
    package var expires: Date?
    /// When a missing one was archived; nil where that is not known (UTC).
    package var archived: Date?

    private enum CodingKeys: String, CodingKey {
        case schema, file, state, first, last, asked, requested, expires, archived
        case jobID = "job_id"
    }

    init(_ product: PlannedProduct, state: State, now: Date) {
        self.file = product.file
        self.jobID = product.job.id
        self.state = state
        self.first = CivilTime(now).date
        self.last = self.first
        self.asked = state == .lost || state == .missing ? 0 : 1
        self.requested = product.job.requestTime
        self.expires = product.expires
    }

    /// Products of a young job may still be on their way into the bucket.
    private static let youth: TimeInterval = 86400
    /// How long after the first, second and third time it is asked again, less an hour, so that a daily run does not skip
    /// every other day.
    private static let intervals: [TimeInterval] = [1, 3, 7].map { $0 * 86400 - 3600 }
    /// A month.
    private static let patience: TimeInterval = 30 * 86400

    /// From when on the product is asked for again (UTC); nil means never.
    var nextAsk: Date? {
        if self.asked < 1 { return .distantPast }
        let next = self.asked <= Self.intervals.count ? self.last + Self.intervals[self.asked - 1] : nil
        guard let next else { return nil }
        return self.expires.map { next < $0 } ?? true ? next : nil
    }

    /// Whether the product is to be asked for. What a clock since set back has written is not believed.
    func isDue(now: Date) -> Bool {
        if self.last > now || self.mayYetCome(now: now) { return true }
        return self.nextAsk.map { $0 <= now } ?? false
    }

    private func mayYetCome(now: Date) -> Bool {
        self.state == .absent && now.timeIntervalSince(self.requested) < Self.youth
    }

    /// Whether a later run will ask for the product.
    func isOpen(now: Date) -> Bool {
        guard !self.isSettled else { return false }
        if let expires = self.expires, expires <= now { return false }
        // Whose turn is long over is listed no more.
        return self.nextAsk.map { now.timeIntervalSince($0) < Self.patience } ?? self.isDue(now: now)
    }

    /// It was asked for once more, and is in that state.
    mutating func askAgain(_ state: State, now: Date) {
        let now = CivilTime(now).date
        let isFirst = self.isSettled || self.last > now
        self.state = state
        if isFirst {
            self.asked = 1
        } else if !self.mayYetCome(now: now) {
            // At most the number that ends the asking; what a file says may be any number.
            self.asked = min(max(self.asked, 0), Self.intervals.count) + 1
        }
        self.last = now
    }

    /// Whether it is gone upstream for good, and was told.
    var isSettled: Bool { self.state == .lost || self.state == .missing }

    /// Why a product that was archived is not there any more, as one clause.
    static func missingReason(archived: Date?) -> String {
        let day = archived.map { " on \(CivilTime($0).dayText)" } ?? ""
        return "was archived\(day), and is no longer in the archive"
    }

    /// One clause for people.
    var reason: String {
        if self.state == .missing { return Self.missingReason(archived: self.archived) }
        let times = self.asked == 1 ? "" : " (\(self.asked) times)"
        if self.state == .lost { return "found lost on \(CivilTime(self.first).dayText)" }
        let next = self.nextAsk.map { "asked again from \(CivilTime($0).text)" } ?? "not asked again"
        return "\(self.finding) on \(CivilTime(self.last).dayText)\(times); \(next)"
    }

    /// The same for one that expired since.
    var pastReason: String {
        "\(self.finding) on \(CivilTime(self.last).dayText), before HyP3 would have deleted it"
    }

    private var finding: String {
        self.state == .damaged ? "damaged upstream when last fetched" : "not there when last asked for"
    }
}
