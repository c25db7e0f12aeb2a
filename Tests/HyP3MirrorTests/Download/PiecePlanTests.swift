import TestSupport
import Testing

@testable import HyP3Mirror

struct PiecePlanTests {
    private static let chunk = Int64(StagedFile.chunkSize)
    private static let mebibyte: Int64 = 1 << 20

    private static func plan(_ mebibytes: Int64) -> PiecePlan {
        PiecePlan(total: mebibytes << 20, missing: [0..<mebibytes << 20])
    }

    @Test func `a connection that is alone gets all of a new object`() throws {
        var plan = Self.plan(100)
        let taken = plan.take(connections: 8)
        #expect(try #require(taken).piece.range == 0..<100 << 20)
        #expect(taken?.shortened == nil)
    }

    @Test func `a helper takes over a little further on, and the next follows it`() throws {
        var plan = Self.plan(64)
        let firstTaken = plan.take(connections: 16)
        let first = try #require(firstTaken).piece
        plan.advance(first.id, to: Self.mebibyte)
        let secondTaken = plan.take(connections: 16)
        let second = try #require(secondTaken)
        #expect(second.shortened == first.id)
        let cut = try #require(plan.piece(first.id)).range.upperBound
        #expect(second.piece.range.lowerBound == cut && cut <= 4 << 20 && cut > 1 << 20)
        let thirdTaken = plan.take(connections: 16)
        let third = try #require(thirdTaken)
        #expect(third.piece.range.lowerBound == second.piece.range.upperBound && third.shortened == nil)
    }

    @Test func `pieces shrink with what is left`() throws {
        var plan = Self.plan(512)
        var sizes: [Int64] = []
        let first = plan.take(connections: 8)
        while let (piece, _) = plan.take(connections: 8) {
            sizes.append(piece.rest)
            plan.advance(piece.id, to: piece.range.upperBound)
            plan.end(piece.id)
            if sizes.count > 1_000 { break }
        }
        #expect(first != nil && sizes.first == PiecePlan.largestPiece)
        #expect(sizes.allSatisfy { $0 >= PiecePlan.smallestPiece / 2 && $0 <= PiecePlan.largestPiece })
        #expect(sizes.last.map { $0 <= 2 * PiecePlan.smallestPiece } == true, "\(sizes)")
    }

    @Test func `a small object is left to one connection`() throws {
        var plan = PiecePlan(total: 1_500_000, missing: [0..<1_500_000])
        let first = plan.take(connections: 32)
        #expect(first != nil && !plan.hasWork(connections: 32))
        let second = plan.take(connections: 32)
        #expect(second == nil)
    }

    @Test func `what a broken connection did not bring is given to another, from a chunk's start`() throws {
        var plan = Self.plan(8)
        let firstTaken = plan.take(connections: 1)
        let first = try #require(firstTaken).piece
        plan.advance(first.id, to: 3 * Self.chunk + 17)
        plan.end(first.id)
        let nextTaken = plan.take(connections: 1)
        let next = try #require(nextTaken).piece
        #expect(next.range == 3 * Self.chunk..<8 << 20)
        plan.advance(next.id, to: 8 << 20)
        plan.end(next.id)
        #expect(plan.isComplete)
    }

    @Test func `a piece goes on with what nobody has taken, as far as its answer goes`() throws {
        var plan = PiecePlan(total: 8 << 20, missing: [0..<1 << 20, 2 << 20..<8 << 20])
        let taken = plan.take(connections: 1)
        let first = try #require(taken).piece
        #expect(first.range == 0..<1 << 20)
        let past = plan.extend(first.id, upTo: 8 << 20, connections: 1)
        #expect(past == nil, "what lies between has come")
        plan.extendToEnd(first.id)
        #expect(plan.piece(first.id)?.range == 0..<8 << 20 && plan.missing.isEmpty)
    }

    @Test(arguments: 0..<200)
    func `whatever happens, each byte is brought exactly once`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let total = Int64.random(in: 1...200 << 20, using: &random)
        var plan = PiecePlan(total: total, missing: [0..<total])
        var brought: [Range<Int64>] = []
        var held: [(piece: PiecePlan.Piece, from: Int64)] = []
        let connections = Int.random(in: 1...32, using: &random)
        for _ in 0..<100_000 where !plan.isComplete {
            if held.count < connections, Bool.random(using: &random),
                let (piece, _) = plan.take(connections: connections)
            {
                held.append((piece, piece.range.lowerBound))
            }
            guard let index = held.indices.randomElement(using: &random) else { continue }
            let (piece, from) = held[index]
            let end = try #require(plan.piece(piece.id)).range.upperBound
            // A connection brings whole chunks, or the object's end, and then may break.
            let to = min(end, (from / Self.chunk + Int64.random(in: 0...8, using: &random)) * Self.chunk)
            if to > from {
                brought.append(from..<to)
                held[index].from = to
                plan.advance(piece.id, to: to)
            }
            if held[index].from == end, Bool.random(using: &random),
                plan.extend(piece.id, upTo: total, connections: connections) != nil
            {
                continue
            }
            if held[index].from == end || Int.random(in: 0..<20, using: &random) == 0 {
                plan.end(piece.id)
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
