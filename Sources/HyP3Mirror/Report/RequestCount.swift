import Synchronization

/// How many requests a run made, kept when its engine is gone. Any thread.
final class RequestCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { self.count.load(ordering: .relaxed) }

    func set(_ value: Int) { self.count.store(value, ordering: .relaxed) }
}
