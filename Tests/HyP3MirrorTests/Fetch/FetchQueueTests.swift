import Foundation
import Testing

@testable import HyP3Mirror

/// In which order products are begun, with and without room for them.
@Suite struct `Fetch queue` {
    private static func products(_ count: Int) throws -> [Product] {
        let policy = PlanPolicy(suffixes: [try SuffixTemplate(".zip")], now: planNow)
        let jobs = (0..<count).map { Job.example("job-\($0)", stem: "s\(1000 + $0)") }
        return Array(Plan.of(jobs, policy: policy).products([.fetch])).map(\.product)
    }

    private static func left(_ attempt: FetchQueue.Try) -> FetchOutcome {
        let shortage = RoomLedger.Shortage(needed: 1, space: nil, underWay: 0, reserve: 0, total: 7)
        let noRoom = NoRoom(path: attempt.product.path, shortage: shortage, refusal: nil)
        var tally = FetchTally()
        (tally.attempts, tally.received) = (1, 100)
        return FetchOutcome(product: attempt.product, result: .left(.room(noRoom)), tally: tally)
    }

    private static func failed(_ attempt: FetchQueue.Try) -> FetchOutcome {
        FetchOutcome(product: attempt.product, result: .failed(FetchFailure(.permanent, "no")), tally: FetchTally())
    }

    @Test func `what found no room is tried once more, alone, the most urgent first`() throws {
        var queue = FetchQueue(window: 3)
        let products = try Self.products(5)
        queue.append(products)
        let begun = Self.all(&queue)
        #expect(begun.map(\.product.path) == products[..<3].map(\.path))
        let outcomes = [
            queue.ended(begun[1], Self.left(begun[1]), isBegun: true),
            queue.ended(begun[0], Self.left(begun[0]), isBegun: true),
        ]
        #expect(outcomes.allSatisfy { $0 == nil } && Self.all(&queue).isEmpty)
        let failed = queue.ended(begun[2], Self.failed(begun[2]), isBegun: true)
        let first = Self.all(&queue)
        #expect(failed != nil && first.map(\.product.path) == [products[0].path] && first[0].size == 7)
        let left = queue.ended(first[0], Self.left(first[0]), isBegun: true)
        #expect(left?.tally.received == 200)
        #expect(queue.noRoom?.path == products[0].path)
        let second = Self.all(&queue)
        #expect(second.map(\.product.path) == [products[1].path])
        _ = queue.ended(second[0], Self.failed(second[0]), isBegun: true)
        #expect(Self.all(&queue).map(\.product.path) == products[3...].map(\.path))
    }

    @Test func `a disk that is full for many in a row is full`() throws {
        var queue = FetchQueue(window: 10)
        queue.append(try Self.products(FetchQueue.mostShortages + 10))
        var count = 0
        while let attempt = queue.next() {
            count += 1
            let outcome = queue.ended(attempt, Self.left(attempt), isBegun: false)
            #expect(outcome != nil)
        }
        #expect(count == FetchQueue.mostShortages && queue.isFull)
    }

    /// What is begun now.
    private static func all(_ queue: inout FetchQueue) -> [FetchQueue.Try] {
        var all: [FetchQueue.Try] = []
        while let attempt = queue.next() { all.append(attempt) }
        return all
    }
}
