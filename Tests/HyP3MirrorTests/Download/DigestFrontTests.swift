import TestSupport
import Testing

@testable import HyP3Mirror

struct DigestFrontTests {
    private static let chunk = Int64(StagedFile.chunkSize)

    private static func buffer(_ count: Int64 = chunk) -> ChunkBuffer {
        let buffer = ChunkBuffer()
        buffer.count = Int(count)
        return buffer
    }

    /// What is digested, in order.
    private static func drain(_ front: inout DigestFront) -> [Range<Int64>] {
        var digested: [Range<Int64>] = []
        var position = digested.last?.upperBound ?? 0
        while true {
            switch front.next() {
            case .digest(let buffers):
                for buffer in buffers {
                    digested.append(position..<position + Int64(buffer.count))
                    position += Int64(buffer.count)
                }
            case .readBack(let range):
                digested.append(range)
                position = range.upperBound
            case .nothing: return digested
            }
        }
    }

    @Test func `bytes in order are digested from memory, those beyond a gap from the file`() {
        var front = DigestFront(present: [])
        let isThirdKept = front.take(Self.buffer(), at: 2 * Self.chunk)
        let isFirstKept = front.take(Self.buffer(), at: 0)
        #expect(!isThirdKept && isFirstKept)
        guard case .digest(let buffers) = front.next() else {
            Issue.record("nothing to digest")
            return
        }
        #expect(buffers.count == 1)
        guard case .nothing = front.next() else {
            Issue.record("there is a gap")
            return
        }
        let isSecondKept = front.take(Self.buffer(), at: Self.chunk)
        #expect(isSecondKept)
        guard case .digest = front.next(), case .readBack(let range) = front.next() else {
            Issue.record("not read back")
            return
        }
        #expect(range == 2 * Self.chunk..<3 * Self.chunk && front.end == 3 * Self.chunk)
    }

    @Test func `what is staged is read back a chunk at a time`() {
        var front = DigestFront(present: [0..<2 * Self.chunk + 10])
        #expect(
            Self.drain(&front) == [
                0..<Self.chunk, Self.chunk..<2 * Self.chunk, 2 * Self.chunk..<2 * Self.chunk + 10,
            ]
        )
    }

    @Test func `bytes that come twice are digested once`() {
        var front = DigestFront(present: [0..<Self.chunk])
        #expect(Self.drain(&front).count == 1)
        let isFirstKept = front.take(Self.buffer(), at: 0)
        let isSecondKept = front.take(Self.buffer(), at: Self.chunk)
        #expect(!isFirstKept && isSecondKept)
        #expect(Self.drain(&front).count == 1 && front.end == 2 * Self.chunk)
    }

    @Test(arguments: 0..<100)
    func `spans hold just what was put in`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var spans = Spans()
        var truth: Set<Int64> = []
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            let start = Int64.random(in: 0..<100, using: &random)
            let end = start + Int64.random(in: 0...10, using: &random)
            spans.insert(start..<end)
            truth.formUnion(start..<end)
        }
        #expect(spans.ranges.flatMap(Array.init) == truth.sorted())
        #expect(zip(spans.ranges, spans.ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
}
