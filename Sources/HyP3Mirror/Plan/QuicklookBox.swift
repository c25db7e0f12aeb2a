import Synchronization

/// Takes the images that a plan has found, to whoever fetches them. Any thread.
final class QuicklookBox: Sendable {
    private let plan = Mutex<QuicklookPlan?>(nil)

    /// What was put there last.
    var found: QuicklookPlan? {
        get { self.plan.withLock { $0 } }
        set { self.plan.withLock { $0 = newValue } }
    }
}
