import Synchronization

/// How many requests a run made, kept when its engines are gone. Any thread.
final class RequestCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { self.count.load(ordering: .relaxed) }

    func add(_ count: Int) { self.count.add(count, ordering: .relaxed) }
}
