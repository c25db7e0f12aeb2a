import CurlTransfer
import TestSupport
import Testing

@testable import HyP3Mirror

/// What a download decides, event by event.
struct DownloadStateTests {
    private static let mebibyte: Int64 = 1 << 20
    private static let chunk = Int64(StagedFile.chunkSize)
    private static let total = 32 * mebibyte
    private static let evidence = ServiceEvidence(["ETag": "\"abc\""])

    private static func head(_ total: Int64? = total, etag: String = "\"abc\"", ranges: Bool? = nil) -> ObjectHead {
        ObjectHead(evidence: ServiceEvidence(["ETag": etag]), total: total, offersRanges: ranges)
    }

    private static func part(_ range: Range<Int64>) -> ObjectQuestion {
        .part(range, total: self.total, evidence: self.evidence)
    }

    private static func transient(_ reason: String = "cut") -> FetchFailure {
        FetchFailure(.transient(retryAfter: nil), reason)
    }

    /// A download whose first connection (1) takes the whole object, which has begun.
    private static func begun(_ head: ObjectHead = head(), width: Int = 4) -> DownloadState {
        var state = DownloadState(nil)
        #expect(state.granted(1, width: width) == [.request(1, .whole)])
        #expect(state.head(1, .whole(head), width: width) == [.begin(head)])
        return state
    }

    /// Brings `range` over a connection, chunk by chunk.
    /// - Returns: what else was to be done.
    private static func bring(
        _ state: inout DownloadState,
        _ id: Int,
        _ range: Range<Int64>,
        width: Int = 4
    ) -> [DownloadState.Action] {
        var actions: [DownloadState.Action] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let part = start..<min(start + self.chunk, range.upperBound)
            #expect(state.bytes(id, part) == [.write])
            actions += state.written(id, part, width: width)
            start = part.upperBound
        }
        return actions
    }

    private static func requested(_ actions: [DownloadState.Action]) -> Range<Int64>? {
        for case .request(_, .part(let range, _, _)) in actions { return range }
        return nil
    }

    private static func limited(_ actions: [DownloadState.Action]) -> Int64? {
        for case .limit(_, let end) in actions { return end }
        return nil
    }

    // MARK: One connection

    @Test func `one connection brings an object, and it is done when it is digested`() {
        var state = Self.begun()
        #expect(Self.bring(&state, 1, 0..<Self.total).isEmpty)
        #expect(state.digested(to: Self.mebibyte).isEmpty)
        #expect(state.ended(1, .complete, isWanted: false, width: 4) == [.release(1, rests: false)])
        #expect(state.digested(to: Self.total) == [.done])
        #expect(state.digested(to: Self.total).isEmpty, "once")
    }

    @Test func `an object of no bytes is done at once`() {
        var state = Self.begun(Self.head(0))
        #expect(state.ended(1, .complete, isWanted: false, width: 4) == [.release(1, rests: false), .done])
    }

    @Test func `an object of unknown length ends with its answer, and is never divided`() {
        var state = Self.begun(Self.head(nil))
        #expect(Self.bring(&state, 1, 0..<5_000_000).isEmpty)
        #expect(!state.wantsConnection(width: 4))
        #expect(state.ended(1, .complete, isWanted: false, width: 4) == [.release(1, rests: false)])
        #expect(state.digested(to: 5_000_000) == [.done])
    }

    @Test func `a connection that breaks ends the attempt with what it said`() {
        var state = Self.begun()
        _ = Self.bring(&state, 1, 0..<Self.mebibyte)
        #expect(
            state.ended(1, .failed(Self.transient()), isWanted: false, width: 4)
                == [.release(1, rests: false), .fail(Self.transient())]
        )
        #expect(state.granted(2, width: 4) == [.release(2, rests: false)])
    }

    @Test func `an answer that ends before its length is no whole object`() {
        var state = Self.begun()
        _ = Self.bring(&state, 1, 0..<Self.mebibyte)
        let actions = state.ended(1, .complete, isWanted: false, width: 4)
        guard case .fail(let failure) = actions.last, case .transient = failure.kind else {
            Issue.record("\(actions)")
            return
        }
    }

    @Test func `a refused connection rests`() {
        var state = DownloadState(nil)
        _ = state.granted(1, width: 4)
        let failure = FetchFailure(.throttled(retryAfter: nil), "503")
        #expect(
            state.ended(1, .failed(failure), isWanted: false, width: 4) == [.release(1, rests: true), .fail(failure)]
        )
    }

    @Test func `bytes that were not asked for, or come out of turn, are not written`() {
        var state = Self.begun()
        #expect(state.bytes(1, 5..<10).isEmpty)
        #expect(state.bytes(7, 0..<10).isEmpty)
        state.abandon()
        #expect(state.bytes(1, 0..<10).isEmpty)
    }

    // MARK: Several

    @Test func `a helper takes over a little further on, and more may come once a range is proven`() throws {
        var state = Self.begun()
        _ = Self.bring(&state, 1, 0..<Self.mebibyte)
        #expect(state.wantsConnection(width: 4))
        let actions = state.granted(2, width: 4)
        let cut = try #require(Self.limited(actions))
        let range = try #require(Self.requested(actions))
        #expect(range.lowerBound == cut && cut < Self.total / 2)
        #expect(!state.wantsConnection(width: 4), "the service has not said that it gives ranges")
        #expect(state.head(2, .part, width: 4).isEmpty)
        #expect(state.wantsConnection(width: 4))
        let next = try #require(Self.requested(state.granted(3, width: 4)))
        #expect(next.lowerBound == range.upperBound)
    }

    @Test func `a service that offers ranges gets all helpers at once, one that denies them none`() {
        var state = Self.begun(Self.head(ranges: true))
        _ = state.granted(2, width: 4)
        #expect(state.wantsConnection(width: 4))
        #expect(!Self.begun(Self.head(ranges: false)).wantsConnection(width: 4))
        #expect(!Self.begun(Self.head(etag: "W/\"abc\"")).wantsConnection(width: 4))
    }

    @Test func `the first connection stops where a proven helper went on, and takes the next piece`() throws {
        var state = Self.begun()
        let asked = state.granted(2, width: 4)
        let cut = try #require(Self.limited(asked))
        _ = state.head(2, .part, width: 4)
        #expect(Self.bring(&state, 1, 0..<cut) == [.stop(1)])
        let next = try #require(Self.requested(state.ended(1, .stopped, isWanted: false, width: 4)))
        #expect(next.lowerBound == Self.requested(asked)?.upperBound)
    }

    @Test func `a connection that another product needs is given back after its piece`() throws {
        var state = Self.begun()
        let cut = try #require(Self.limited(state.granted(2, width: 4)))
        _ = state.head(2, .part, width: 4)
        _ = Self.bring(&state, 1, 0..<cut)
        #expect(state.ended(1, .stopped, isWanted: true, width: 4) == [.release(1, rests: false)])
    }

    @Test(arguments: [true, false])
    func `where ranges are ignored the first connection brings it all`(isHeldFirst: Bool) throws {
        var state = Self.begun()
        let cut = try #require(Self.limited(state.granted(2, width: 4)))
        if isHeldFirst { #expect(Self.bring(&state, 1, 0..<cut).isEmpty, "held, not cut") }
        let refused = state.head(2, .whole(Self.head()), width: 4)
        #expect(refused.first == .stop(2))
        if !isHeldFirst { #expect(Self.limited(Self.bring(&state, 1, 0..<cut)) == Self.total) }
        if isHeldFirst { #expect(Self.limited(refused) == Self.total) }
        #expect(state.ended(2, .stopped, isWanted: false, width: 4).contains(.release(2, rests: false)))
        #expect(!state.wantsConnection(width: 4) && !state.isDividable)
        #expect(Self.bring(&state, 1, cut..<Self.total).isEmpty)
        _ = state.ended(1, .complete, isWanted: false, width: 4)
        #expect(state.digested(to: Self.total) == [.done])
    }

    @Test func `a helper that fails leaves its piece to the first connection`() throws {
        var state = Self.begun()
        let cut = try #require(Self.limited(state.granted(2, width: 4)))
        #expect(Self.bring(&state, 1, 0..<cut).isEmpty)
        let actions = state.ended(2, .failed(Self.transient()), isWanted: false, width: 4)
        #expect(Self.limited(actions) == Self.total)
        #expect(!state.wantsConnection(width: 4), "nothing new after a failure")
        #expect(Self.bring(&state, 1, cut..<Self.total).isEmpty)
        #expect(state.ended(1, .complete, isWanted: false, width: 4) == [.release(1, rests: false)])
        #expect(state.digested(to: Self.total) == [.done])
    }

    @Test func `another object under the same URL stops all connections`() {
        var state = Self.begun()
        _ = state.granted(2, width: 4)
        #expect(state.head(2, .whole(Self.head(etag: "\"other\"")), width: 4) == [.stopAll])
        #expect(state.ended(1, .stopped, isWanted: false, width: 4) == [.release(1, rests: false)])
        let last = state.ended(2, .stopped, isWanted: false, width: 4)
        guard case .fail(let failure) = last.last else {
            Issue.record("\(last)")
            return
        }
        #expect(failure.kind == .changed)
    }

    // MARK: Going on with what is staged

    private static let remainder = Remainder(
        evidence: evidence,
        total: total,
        missing: [2 * mebibyte..<4 * mebibyte, 8 * mebibyte..<total]
    )

    @Test func `what is missing is asked for, in order`() {
        var state = DownloadState(Self.remainder)
        #expect(state.resumed == 6 * Self.mebibyte)
        #expect(state.granted(1, width: 1) == [.request(1, Self.part(2 * Self.mebibyte..<4 * Self.mebibyte))])
        #expect(state.head(1, .part, width: 1).isEmpty)
        #expect(Self.bring(&state, 1, 2 * Self.mebibyte..<4 * Self.mebibyte).isEmpty)
        #expect(
            state.ended(1, .complete, isWanted: false, width: 1)
                == [.request(1, Self.part(8 * Self.mebibyte..<Self.total))]
        )
    }

    @Test func `what is all staged is digested and done, without a request`() {
        var state = DownloadState(Remainder(evidence: Self.evidence, total: Self.total, missing: []))
        #expect(state.granted(1, width: 4) == [.release(1, rests: false)])
        #expect(state.digested(to: Self.total) == [.done])
    }

    @Test func `a question for a part that is answered with the whole begins anew`() {
        var state = DownloadState(Self.remainder)
        _ = state.granted(1, width: 4)
        #expect(state.head(1, .whole(Self.head()), width: 4) == [.begin(Self.head())])
        #expect(state.resumed == 0 && !state.isDividable && !state.wantsConnection(width: 4))
    }

    @Test func `a question for a part that another object answers begins anew, in parts`() {
        var state = DownloadState(Self.remainder)
        _ = state.granted(1, width: 4)
        let other = Self.head(etag: "\"other\"", ranges: true)
        #expect(state.head(1, .whole(other), width: 4) == [.begin(other)])
        #expect(state.isDividable && state.wantsConnection(width: 4))
    }

    @Test func `a 206 that proves nothing is followed by a question for the whole`() {
        var state = DownloadState(Self.remainder)
        _ = state.granted(1, width: 4)
        #expect(state.head(1, .undividable("no ETag"), width: 4) == [.stop(1)])
        #expect(state.ended(1, .stopped, isWanted: false, width: 4) == [.request(1, .whole)])
        #expect(!DownloadState(Self.remainder, isDividable: state.isDividable).wantsConnection(width: 4))
    }

    // MARK: Whatever happens

    /// A service and a disk, as far as decisions go.
    private struct World {
        struct Connection {
            var question: ObjectQuestion
            var hasHead = false
            var position: Int64 = 0
            var answerEnd: Int64 = 0
            var limit = Int64.max
            var isStopped = false
        }
        var connections: [Int: Connection] = [:]
        var held: Set<Int> = []
        var written = Spans()
        var ends: [DownloadState.Action] = []

        mutating func carry(_ actions: [DownloadState.Action]) {
            for action in actions {
                switch action {
                case .request(let id, let question):
                    #expect(self.held.contains(id) && self.connections[id] == nil)
                    self.connections[id] = Connection(question: question)
                case .begin: self.written = Spans()
                case .write: break
                case .limit(let id, let end): self.connections[id]?.limit = end
                case .stop(let id): self.connections[id]?.isStopped = true
                case .stopAll: for id in self.connections.keys { self.connections[id]?.isStopped = true }
                case .release(let id, _):
                    #expect(self.held.remove(id) != nil && self.connections[id] == nil, "released once")
                case .fail, .done: self.ends.append(action)
                }
            }
        }
    }

    /// How a service treats ranges.
    enum Ranges: CaseIterable { case kept, ignored, kept_sometimes, withoutETag }

    @Test(arguments: 0..<100, Ranges.allCases)
    func `any order of events ends, with all bytes or a failure, and every connection given back`(
        seed: UInt64,
        ranges: Ranges
    ) throws {
        var random = SeededGenerator(seed: seed)
        let total = Int64.random(in: 0...24 << 20, using: &random)
        let width = Int.random(in: 1...6, using: &random)
        let breaks = seed % 3 == 0
        let head = Self.head(total, ranges: [nil, true].randomElement(using: &random) ?? nil)
        var state = DownloadState(nil)
        var world = World()
        var nextID = 1
        func grant() {
            world.held.insert(nextID)
            world.carry(state.granted(nextID, width: width))
            nextID += 1
        }
        grant()
        var steps = 0
        while world.ends.isEmpty, steps < 200_000 {
            steps += 1
            if world.held.count < width, Int.random(in: 0..<4, using: &random) == 0,
                state.wantsConnection(width: width)
            {
                grant()
            }
            if world.connections.isEmpty, let first = world.written.ranges.first ?? (total == 0 ? 0..<0 : nil) {
                world.carry(state.digested(to: first.lowerBound == 0 ? first.upperBound : 0))
                continue
            }
            guard let id = world.connections.keys.sorted().randomElement(using: &random),
                var connection = world.connections[id]
            else { continue }
            func end(_ ending: DownloadState.Ending) {
                world.connections[id] = nil
                let isWanted = Int.random(in: 0..<8, using: &random) == 0
                world.carry(state.ended(id, ending, isWanted: isWanted, width: width))
            }
            if connection.isStopped {
                end(.stopped)
            } else if breaks, Int.random(in: 0..<200, using: &random) == 0 {
                end(.failed(Self.transient()))
            } else if !connection.hasHead {
                connection.hasHead = true
                var answer = Answer.whole(head)
                connection.answerEnd = total
                if case .part(let range, _, _) = connection.question {
                    let isKept = ranges == .kept || (ranges == .kept_sometimes && Bool.random(using: &random))
                    if isKept {
                        answer = .part
                        (connection.position, connection.answerEnd) = (range.lowerBound, range.upperBound)
                    } else if ranges == .withoutETag {
                        answer = .undividable("no ETag")
                    }
                }
                world.connections[id] = connection
                world.carry(state.head(id, answer, width: width))
            } else if connection.position == connection.answerEnd {
                end(.complete)
            } else if connection.position < connection.limit {
                let start = connection.position
                let next = min((start / Self.chunk + 1) * Self.chunk, connection.answerEnd)
                world.connections[id]?.position = next
                if state.bytes(id, start..<next) == [.write] {
                    world.written.insert(start..<next)
                    world.carry(state.written(id, start..<next, width: width))
                }
            }
        }
        let ending = try #require(world.ends.first, "no end after \(steps) steps")
        #expect(world.ends.count == 1 && world.held.isEmpty && world.connections.isEmpty)
        if case .done = ending {
            #expect(world.written.ranges == (total == 0 ? [] : [0..<total]))
        } else {
            #expect(breaks, "\(ending)")
        }
    }
}
