import Synchronization

/// Raised once by whoever wants blocking work to end early, looked at by the threads that do it.
package final class StopFlag: Sendable {
    private let raised = Atomic(false)

    package init() {}

    package var isRaised: Bool { self.raised.load(ordering: .relaxed) }

    package func raise() { self.raised.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` once it is raised.
    package func check() throws {
        if self.isRaised { throw CancellationError() }
    }
}
