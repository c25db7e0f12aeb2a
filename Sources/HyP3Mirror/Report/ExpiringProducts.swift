import FoundationEssentials

/// The products of a plan that HyP3 deletes within a day, as far as the run has not archived them.
struct ExpiringProducts: Sendable {
    /// How long before its deletion a product is one of them.
    private static let lastDay: TimeInterval = 86400
    /// Of a run that has more, the names of the others are not kept.
    private static let most = 10_000
    /// Names in the sentence.
    private static let shown = 5

    private struct Key: Sendable, Hashable {
        var job: String
        var file: String
    }

    private var names: [Key: Date] = [:]
    /// The order of the plan.
    private var order: [Key] = []

    init() {}

    init(_ plan: Plan) {
        let end = plan.policy.now.addingTimeInterval(Self.lastDay)
        for job in plan.pending {
            // In the plan's order, what is deleted soonest comes first.
            guard let deletion = job.job.expires, deletion <= end, self.order.count < Self.most else { return }
            for product in plan.products(of: job, [.fetch]) where !product.file.isEmpty {
                let key = Key(job: product.jobID, file: product.file)
                self.names[key] = deletion
                self.order.append(key)
            }
        }
    }

    var count: Int { self.names.count }

    /// A product that is archived, proven absent or lost is no longer one of them.
    mutating func note(_ outcome: FetchOutcome) {
        switch outcome.result {
        case .left: return
        case .archived: break
        case .failed(let failure):
            switch failure.kind {
            case .absent, .expired: break
            default: return
            }
        }
        self.names[Key(job: outcome.product.jobID, file: outcome.product.file)] = nil
    }

    /// `3 products expire in 9 h and failed: a, b, c`; nil for none.
    func warning(now: Date) -> String? {
        guard let soonest = self.names.values.min() else { return nil }
        let left = Duration.seconds(max(0, soonest.timeIntervalSince(now)))
        let files = self.order.lazy.filter { self.names[$0] != nil }.prefix(Self.shown).map(\.file)
        let more = self.count - min(self.count, Self.shown)
        return
            "\(Count.of(self.count, "product")) \(self.count == 1 ? "expires" : "expire") in \(Self.hours(left)) and failed: "
            + files.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private static func hours(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds >= 3600 ? "\(seconds / 3600) h" : "\(seconds / 60) min"
    }
}
