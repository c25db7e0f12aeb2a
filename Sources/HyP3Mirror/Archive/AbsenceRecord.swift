package import FoundationEssentials

/// A product that is not to be had: a line of `absent.jsonl`.
package struct AbsenceRecord: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        /// Asked for while HyP3 should have had it, and not there.
        case absent
        /// Fetched, and broken although the service's digest is right: it was broken before its upload.
        case damaged
        /// Expired while the archive was being kept, and told so once.
        case lost
        /// Archived, taken out of the archive, expired, and told so once.
        case missing
        /// Never to be asked for: HyP3 gives nothing that could become a file of the archive.
        case unusable
    }

    package var schema = 1
    package var file: String
    package var jobID: String
    package var state: State
    /// What proves the absence; nil in what versions wrote that took every refusal for an absence, and in other states.
    package var proof: AbsenceProof?
    /// When it was first and last found so, an unusable one when it was first and last told (UTC, whole seconds).
    package var first: Date
    package var last: Date
    /// How often it was asked for; of an absent one all times on the job's first day counted as one.
    package var asked: Int
    /// When the job was submitted, and when HyP3 deletes its products; nil means never, or not said (UTC).
    package var requested: Date
    package var expires: Date?
    /// When a missing one was archived; nil where that is not known (UTC).
    package var archived: Date?
    /// Why an unusable one is so, as one clause; nil in other states.
    package var reason: String?
    /// Of a lost one, what its name adds to the stem, and what its job must be ordered with to be made again; nil in other
    /// states, and in what earlier versions wrote. Parameters that are longer than `longestOrder` are not kept.
    package var suffix: String?
    package var jobType: String?
    package var jobName: String?
    package var jobParameters: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case schema, file, suffix, state, proof, first, last, asked, requested, expires, archived, reason
        case jobID = "job_id"
        case jobType = "job_type"
        case jobName = "job_name"
        case jobParameters = "job_parameters"
    }

    /// Bytes of a job's parameters that are kept at most.
    package static let longestOrder = 4096

    /// - Parameter reason: of an unusable one.
    init(_ product: Product, state: State, proof: AbsenceProof? = nil, reason: String? = nil, now: Date) {
        self.file = product.file
        self.jobID = product.jobID
        self.state = state
        self.proof = proof
        self.first = CivilTime(now).date
        self.last = self.first
        self.asked = state == .absent || state == .damaged ? 1 : 0
        self.requested = product.provenance.requested
        self.expires = product.expires
        self.reason = reason
        guard state == .lost else { return }
        self.suffix = product.suffix.isEmpty ? nil : product.suffix
        self.jobType = product.provenance.jobType
        self.jobName = product.provenance.jobName
        self.jobParameters = product.provenance.order
    }

    /// A job that cannot be read, as a whole.
    init(unreadableJob key: String, now: Date) {
        self.file = Self.wholeJob
        self.jobID = key
        self.state = .unusable
        self.first = CivilTime(now).date
        self.last = self.first
        self.asked = 0
        self.requested = self.first
        self.reason = "the job cannot be read"
    }

    /// In place of a name: no product can have it.
    static let wholeJob = "."

    /// Products of a young job may still be on their way into the bucket.
    private static let youth: TimeInterval = 86400
    /// How long after the first, second and third time it is asked again, less an hour, so that a daily run does not skip
    /// every other day.
    private static let intervals: [TimeInterval] = [1, 3, 7].map { $0 * 86400 - 3600 }
    /// A turn that comes later than so long before the deletion may come after the last run before it.
    private static let lastDay: TimeInterval = 86400
    /// A month.
    private static let patience: TimeInterval = 30 * 86400

    /// Not there, without a proof of it: as if it had never been asked for.
    private var isUnproven: Bool { self.state == .absent && self.proof == nil }

    /// How long an unusable one is remembered after it was last told: HyP3 lists its job no more.
    static let memory: TimeInterval = 90 * 86400

    /// Whether an unusable one is to be told again: once a day, and what a clock since set back has written is not
    /// believed.
    func isToBeTold(now: Date) -> Bool {
        self.last > now || now.timeIntervalSince(self.last) >= Self.intervals[0]
    }

    /// From when on the product is asked for again (UTC); nil means never. What HyP3 deletes is asked for as long as it is
    /// there, at last in every run: after its last date nobody can.
    var nextAsk: Date? {
        if self.asked < 1 || self.isUnproven { return .distantPast }
        guard let longest = Self.intervals.last else { return nil }
        guard let expires = self.expires else {
            return self.asked <= Self.intervals.count ? self.last + Self.intervals[self.asked - 1] : nil
        }
        let next = self.last + (self.asked <= Self.intervals.count ? Self.intervals[self.asked - 1] : longest)
        return next < expires.addingTimeInterval(-Self.lastDay) ? next : self.last
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
        guard !self.isSettled, self.state != .unusable else { return false }
        if let expires = self.expires, expires <= now { return false }
        if self.isUnproven { return true }
        // Whose turn is long over is listed no more.
        return self.nextAsk.map { now.timeIntervalSince($0) < Self.patience } ?? self.isDue(now: now)
    }

    /// It was asked for once more, and is in that state.
    mutating func askAgain(_ state: State, _ proof: AbsenceProof?, now: Date) {
        let now = CivilTime(now).date
        let isFirst = self.isSettled || self.state == .unusable || self.last > now || self.isUnproven
        (self.state, self.proof, self.reason) = (state, proof, nil)
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
    var clause: String {
        if self.state == .missing { return Self.missingReason(archived: self.archived) }
        let times = self.asked == 1 ? "" : " (\(self.asked) times)"
        if self.state == .lost { return "found lost on \(CivilTime(self.first).dayText)" }
        let next =
            self.nextAsk.map { next in
                next > self.last ? "asked again from \(CivilTime(next).text)" : "asked again in every run"
            } ?? "not asked again"
        return "\(self.finding) on \(CivilTime(self.last).dayText)\(times); \(next)"
    }

    /// The same for one that expired since.
    var pastReason: String {
        let clause = "\(self.finding) on \(CivilTime(self.last).dayText), before HyP3 would have deleted it"
        return self.isUnproven ? "\(clause), without a proof that it never was" : clause
    }

    private var finding: String {
        self.state == .damaged ? "damaged upstream when last fetched" : "not there when last asked for"
    }
}
