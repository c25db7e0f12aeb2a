import CurlTransfer
import Synchronization

/// Takes the answer to one request and hands its bytes, cut into chunks, to the download.
///
/// Only a 200, or a 206 of exactly the range asked for, ever becomes a chunk; any other body is read past (a short one, to
/// keep the connection) or cut off. Called on the transfer thread, where nothing may block; what the download says to it
/// comes on any thread.
final class Connection: BodySink {
    private struct State {
        var answer: Answer?
        var control: TransferControl?
        var buffer: ChunkBuffer?
        /// Where the buffer's first byte belongs.
        var chunkStart: Int64 = 0
        /// Where the next byte belongs.
        var position: Int64 = 0
        /// Where the answer ends; `.max` where the length is not known.
        var answerEnd: Int64 = .max
        /// Where its piece of the object ends.
        var limit: Int64 = .max
        var isStopped = false
        var excerpt: [UInt8] = []
        var discarded = 0
        /// Chunks handed over that are not in the file yet.
        var unwritten = 0
        /// Bytes of the object that came and were cut off.
        var wasted: Int64 = 0
        /// Paused until there are fewer of them.
        var waitsForDisk = false
        /// Paused at the end of its piece.
        var waitsForLimit = false
    }

    private static let chunk = Int64(StagedFile.chunkSize)
    /// Bytes of an unwanted body that are read past; more would cost more than a new connection.
    private static let tolerableWaste = 64 * 1024
    /// Chunks on their way to the disk; what is above this stays on the line. A kill loses them and the one being filled,
    /// which is less than 1 MiB a connection however slow the disk is.
    private static let mostUnwritten = 2

    let id: Int
    let question: ObjectQuestion
    /// Nothing else has used it.
    let isFresh: Bool
    let grant: Grant
    private let download: Download
    private let expectation: ObjectExpectation
    private let traffic: Traffic
    private let state = Mutex(State())
    private let asked = Mutex(ContinuousClock.now)

    init(
        _ id: Int,
        _ question: ObjectQuestion,
        isFresh: Bool,
        grant: Grant,
        download: Download,
        expecting expectation: ObjectExpectation,
        traffic: Traffic
    ) {
        self.id = id
        self.question = question
        self.isFresh = isFresh
        self.grant = grant
        self.download = download
        self.expectation = expectation
        self.traffic = traffic
    }

    /// What came, once the transfer has ended; nil where nothing did.
    var answer: Answer? {
        self.state.withLock { state in
            guard case .refused(var refusal) = state.answer else { return state.answer }
            refusal.excerpt = String(decoding: state.excerpt, as: UTF8.self)
            return .refused(refusal)
        }
    }

    /// Bytes of the object that came and did not become a chunk, because the connection broke.
    var wasted: Int64 { self.state.withLock { $0.wasted } }

    /// Whether the download wanted no more of it.
    var isStopped: Bool { self.state.withLock { $0.isStopped } }

    /// A request is about to be sent; its answer takes the place of any earlier one.
    func ask() {
        self.traffic.ask()
        self.asked.withLock { $0 = .now }
        self.state.withLock { $0 = State(limit: $0.limit, isStopped: $0.isStopped) }
    }

    /// Moves the end of its piece: another connection brings what follows, or none does.
    func limit(to end: Int64) {
        self.settle { state in
            state.limit = max(end, state.position)
            defer { state.waitsForLimit = false }
            return state.waitsForLimit
        }
    }

    /// Takes no more.
    func stop() {
        let control = self.state.withLock { state in
            state.isStopped = true
            return state.control
        }
        control?.cancel()
    }

    /// A chunk that was handed over is in the file, or never will be.
    func written() {
        self.settle { state in
            state.unwritten -= 1
            defer { state.waitsForDisk = false }
            return state.waitsForDisk
        }
    }

    /// Applies `change`, and resumes the transfer if it says so.
    private func settle(_ change: (inout State) -> Bool) {
        let control = self.state.withLock { state in change(&state) ? state.control : nil }
        control?.resume()
    }

    // MARK: BodySink

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision {
        self.grant.host.note(latency: self.asked.withLock { $0 }.duration(to: .now))
        self.grant.begin(control)
        let answer = Answer(head, to: self.question, expecting: self.expectation)
        let isStopped = self.state.withLock { state in
            state.answer = answer
            state.control = control
            switch (answer, self.question) {
            case (.whole(let head), _):
                state.answerEnd = head.total ?? .max
                state.limit = state.answerEnd
            case (.part, .part(let range, _, _)):
                state.chunkStart = range.lowerBound
                state.position = range.lowerBound
                state.answerEnd = range.upperBound
                // A limit that came before the answer holds.
                state.limit = min(state.limit, range.upperBound)
            default: break
            }
            return state.isStopped
        }
        if isStopped { return .enough }
        self.download.post { $0.head(self.id, answer) }
        return .take
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision {
        let decision = self.state.withLock { state -> SinkDecision in
            guard !state.isStopped else { return .enough }
            switch state.answer {
            case .whole, .part: return self.take(bytes, &state)
            default: return self.discard(bytes, &state)
            }
        }
        if decision == .pause {
            self.grant.hold()
        } else {
            self.grant.received(bytes.count)
            self.traffic.add(bytes: bytes.count)
        }
        return decision
    }

    private func discard(_ bytes: UnsafeRawBufferPointer, _ state: inout State) -> SinkDecision {
        if state.excerpt.count < 2048 { state.excerpt += bytes.prefix(2048 - state.excerpt.count) }
        state.discarded += bytes.count
        return state.discarded > Self.tolerableWaste ? .enough : .take
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ state: inout State) -> SinkDecision {
        guard state.position < state.answerEnd, let control = state.control else { return .enough }
        guard state.position < state.limit else {
            state.waitsForLimit = true
            return .pause
        }
        // libcurl offers the same bytes again after a pause, so either all of them find room or none is taken. Those that
        // are beyond the limit wait in the next buffer until it is known whether they are wanted.
        let wanted = Int(min(Int64(bytes.count), state.answerEnd - state.position))
        var spare: ChunkBuffer?
        if wanted > self.room(state) {
            guard state.unwritten < Self.mostUnwritten else {
                state.waitsForDisk = true
                return .pause
            }
            guard let buffer = self.grant.take(orResume: control) else { return .pause }
            if state.buffer == nil { state.buffer = buffer } else { spare = buffer }
        }
        var rest = UnsafeRawBufferPointer(rebasing: bytes[..<wanted])
        while !rest.isEmpty, let buffer = state.buffer {
            let room = Int(min(Int64(rest.count), self.chunkEnd(state) - state.position))
            let count = buffer.append(UnsafeRawBufferPointer(rebasing: rest.prefix(room)))
            state.position += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if state.position == self.chunkEnd(state) {
                self.hand(buffer, &state)
                state.chunkStart = state.position
                state.buffer = spare
                spare = nil
            }
        }
        spare?.giveBack()
        return wanted < bytes.count ? .enough : .take
    }

    private func hand(_ buffer: ChunkBuffer, _ state: inout State) {
        state.unwritten += 1
        let start = state.chunkStart
        self.download.post { $0.chunk(buffer, at: start, from: self) }
    }

    /// Bytes that fit into the buffer at hand.
    private func room(_ state: State) -> Int {
        state.buffer == nil ? 0 : Int(self.chunkEnd(state) - state.position)
    }

    private func chunkEnd(_ state: State) -> Int64 {
        min((state.chunkStart / Self.chunk + 1) * Self.chunk, state.answerEnd)
    }

    /// Call once after each transfer's end: hands over the last chunk of a body whose length was not known, and gives back
    /// a chunk that was cut off.
    /// - Returns: whether the transfer was cut because it crawled.
    func close(isComplete: Bool) -> Bool {
        self.state.withLock { state in
            guard let buffer = state.buffer else { return }
            state.buffer = nil
            if isComplete, state.answerEnd == .max, buffer.count > 0 {
                self.hand(buffer, &state)
            } else {
                if !state.isStopped { state.wasted += Int64(buffer.count) }
                buffer.giveBack()
            }
        }
        return self.grant.end()
    }
}
