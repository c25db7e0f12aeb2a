import Synchronization

/// What is left of a run's retries at each host, shared by all products from there: one host's trouble takes nothing from
/// another. Any thread.
package final class RunRetries: Sendable {
    private let whole: RetryBudget
    private let budgets = Mutex<[Origin: RetryBudget]>([:])

    package init(_ budget: RetryBudget = .run) { self.whole = budget }

    func spend(at origin: Origin) -> Bool {
        self.budgets.withLock { $0[origin, default: self.whole].spend() }
    }

    func succeed(at origin: Origin) {
        self.budgets.withLock { $0[origin, default: self.whole].succeed() }
    }
}
