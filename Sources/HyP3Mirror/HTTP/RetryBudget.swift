/// Retries left over some span of work, a product or a run, so that a broken service is not asked without end.
///
/// Every success earns a part of a retry back: a long run on a bad line may retry often, a run in which nothing works
/// may not.
package struct RetryBudget: Sendable, Hashable {
    private let most: Double
    private let earning: Double
    private var left: Double

    /// - Parameters:
    ///   - retries: at the start, and at most.
    ///   - earnedPerSuccess: retries, may be a fraction.
    package init(retries: Int, earnedPerSuccess: Double = 0) {
        self.most = Double(max(0, retries))
        self.earning = max(0, earnedPerSuccess)
        self.left = self.most
    }

    /// For one product: attempts that made progress count here too, so that no file is tried for ever.
    package static let product = RetryBudget(retries: 50)
    /// For one run.
    package static let run = RetryBudget(retries: 500, earnedPerSuccess: 0.5)

    /// Takes one retry; false where none is left.
    package mutating func spend() -> Bool {
        guard self.left >= 1 else { return false }
        self.left -= 1
        return true
    }

    package mutating func succeed() {
        self.left = min(self.most, self.left + self.earning)
    }
}
