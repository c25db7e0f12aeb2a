import FoundationEssentials

/// The five lines that a person wants first: how much is to come, what is in a hurry, what is gone, what looks wrong, and
/// what is left of the disk.
package struct PlanSummary: Sendable {
    /// Bytes that are to be fetched, as far as buckets list them.
    package private(set) var bytes: Int64 = 0
    private var unsized = 0
    private var first: Date?
    private var withinDay = 0
    private var withinWeek = 0
    private let plan: Plan
    private let outlook: PlanOutlook

    private static let gone: [ProductState] = [.expired, .lost, .missing]
    private static let suspicious: [ProductState] = [.unknown, .damaged, .unsafeName, .duplicateName, .failed]

    /// Walks once over what is to be fetched.
    package init(_ plan: Plan, _ outlook: PlanOutlook) {
        self.plan = plan
        self.outlook = outlook
        for product in plan.products([.fetch]) {
            if let size = product.listed?.size {
                let (sum, isTooMuch) = self.bytes.addingReportingOverflow(max(0, size))
                self.bytes = isTooMuch ? .max : sum
            } else {
                self.unsized += 1
            }
            guard let expires = product.expires else { continue }
            self.first = min(self.first ?? expires, expires)
            if expires.timeIntervalSince(outlook.now) < 86400 { self.withinDay += 1 }
            if expires.timeIntervalSince(outlook.now) < 7 * 86400 { self.withinWeek += 1 }
        }
    }

    /// Without their ends.
    package var lines: [String] {
        [
            "to fetch: \(self.toFetch)", "expiring first: \(self.hurry)", "gone: \(self.counted(Self.gone))",
            "suspicious: \(self.counted(Self.suspicious))", "disk afterwards: \(self.disk)",
        ]
    }

    private var toFetch: String {
        let count = self.plan.count(.fetch)
        guard count > 0 else { return "nothing" }
        var text = "\(Count.of(count, "product")), \(self.size)"
        if let rate = self.outlook.rate, rate >= 1, self.bytes > 0 {
            let seconds = min(Double(self.bytes) / rate, 1e9)
            text += "; \(DurationText.short(.seconds(Int64(seconds.rounded(.up))))) at the last rate"
            text += " (\(ByteText.decimal(Int64(min(rate, 1e18))))/s)"
        }
        return text
    }

    private var size: String {
        if self.unsized == 0 { return ByteText.decimal(self.bytes) }
        let unknown = "\(self.bytes > 0 ? "\(self.unsized) of them " : "")of a size that no listing has told"
        return self.bytes > 0 ? "at least \(ByteText.decimal(self.bytes)), \(unknown)" : unknown
    }

    private var hurry: String {
        guard let first = self.first else { return self.plan.count(.fetch) > 0 ? "none of them expires" : "nothing" }
        return "\(CivilTime(first).text); \(self.withinDay) within a day, \(self.withinWeek) within a week"
    }

    private func counted(_ states: [ProductState]) -> String {
        let parts = states.filter { self.plan.count($0) > 0 }.map { "\(self.plan.count($0)) \($0.rawValue)" }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    private var disk: String {
        guard let free = self.outlook.free else { return "the file system does not say what is free" }
        let (left, isTooLittle) = free.subtractingReportingOverflow(self.bytes)
        let now = "\(ByteText.decimal(free)) free now"
        guard !isTooLittle, left >= 0 else {
            return "\(ByteText.decimal(self.bytes - free)) too little (\(now))"
        }
        return "\(self.unsized > 0 ? "at most " : "")\(ByteText.decimal(left)) free (\(now))"
    }
}
