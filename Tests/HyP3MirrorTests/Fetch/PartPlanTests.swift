import TestSupport
import Testing

@testable import HyP3Mirror

struct PartPlanTests {
    private static let chunk = Int64(PartialFile.chunkSize)

    @Test func `the first connection gets all of a new object`() throws {
        var plan = PartPlan(total: 100 << 20, missing: [0..<100 << 20])
        let regionTaken = plan.take(connections: 8)
        let region = try #require(regionTaken)
        #expect(region.range == 0..<100 << 20)
    }

    @Test func `a helper takes the end and the first stops there`() throws {
        var plan = PartPlan(total: 64 << 20, missing: [0..<64 << 20])
        let firstTaken = plan.take(connections: 16)
        let first = try #require(firstTaken)
        let secondTaken = plan.take(connections: 16)
        let second = try #require(secondTaken)
        #expect(second.range == 62 << 20..<64 << 20)
        #expect(plan.end(of: first.id) == 62 << 20)
    }

    @Test func `a small object is left to one connection`() throws {
        var plan = PartPlan(total: 1_500_000, missing: [0..<1_500_000])
        let first = plan.take(connections: 32)
        let second = plan.take(connections: 32)
        #expect(first != nil && second == nil)
    }

    @Test func `what a broken connection did not bring is given to another, from a chunk's start`() throws {
        var plan = PartPlan(total: 8 << 20, missing: [0..<8 << 20])
        let firstTaken = plan.take(connections: 1)
        let first = try #require(firstTaken)
        plan.advance(first.id, to: 3 * Self.chunk + 17)
        plan.end(first.id)
        let nextTaken = plan.take(connections: 1)
        let next = try #require(nextTaken)
        #expect(next.range == 3 * Self.chunk..<8 << 20)
        plan.advance(next.id, to: 8 << 20)
        plan.end(next.id)
        #expect(plan.isComplete)
    }

    @Test(arguments: 0..<200)
    func `whatever happens, each byte is brought exactly once`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let total = Int64.random(in: 1...200 << 20, using: &random)
        var plan = PartPlan(total: total, missing: [0..<total])
        var brought: [Range<Int64>] = []
        var held: [(PartPlan.Region, Int64)] = []
        let connections = Int.random(in: 1...32, using: &random)
        for _ in 0..<100_000 where !plan.isComplete {
            if held.count < connections, Bool.random(using: &random), let region = plan.take(connections: connections) {
                held.append((region, region.range.lowerBound))
            }
            guard let index = held.indices.randomElement(using: &random) else { continue }
            let (region, from) = held[index]
            let end = try #require(plan.end(of: region.id))
            // A connection brings whole chunks, or the object's end, and then may break.
            let to = min(end, (from / Self.chunk + Int64.random(in: 0...8, using: &random)) * Self.chunk)
            if to > from {
                brought.append(from..<to)
                held[index].1 = to
                plan.advance(region.id, to: to)
            }
            if held[index].1 == end || Int.random(in: 0..<20, using: &random) == 0 {
                plan.end(region.id)
                held.remove(at: index)
            }
        }
        #expect(plan.isComplete)
        brought.sort { $0.lowerBound < $1.lowerBound }
        var front: Int64 = 0
        for range in brought {
            #expect(range.lowerBound == front)
            front = range.upperBound
        }
        #expect(front == total)
    }
}
