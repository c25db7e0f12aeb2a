import CurlTransfer
import Synchronization

/// Takes one answer about a product's object and hands its bytes, cut into chunks, to the product's assembly.
///
/// Only a 200, or a 206 of exactly the range asked for, ever becomes a chunk; any other body is read past (a short one, to
/// keep the connection) or cut off.
final class ObjectSink: BodySink {
    /// What was asked.
    enum Question: Sendable, Hashable {
        /// The whole object, of which nothing is known yet.
        case whole
        /// `range` of the object that `evidence` describes, which has `total` bytes.
        case part(Range<Int64>, total: Int64, evidence: ServiceEvidence)
    }

    /// What the answer was.
    enum Answer: Sendable, Hashable {
        case none
        /// The object from its start, whatever was asked; nil where its length was not said.
        case whole(ServiceEvidence, total: Int64?)
        /// The range asked for.
        case part
        /// Another status than 200 and 206.
        case status(HTTPAnswer)
        /// A body that must not be used.
        case unusable(String)
        /// The object is another one now, or the service cannot give ranges of it.
        case changed(String)
    }

    /// The parts of an error answer that decide what to do next.
    struct HTTPAnswer: Sendable, Hashable {
        var status: Int
        var retryAfter: String?
        var location: String?
        /// The first bytes of the body, for the service's own word (`<Code>SlowDown</Code>`).
        var excerpt: String
    }

    private struct State {
        var answer = Answer.none
        var control: TransferControl?
        var buffer: ChunkBuffer?
        /// Where the buffer's first byte belongs.
        var chunkStart: Int64 = 0
        /// Where the next byte belongs.
        var position: Int64 = 0
        /// Where this answer's share ends; `.max` where the length is not known.
        var end: Int64 = .max
        var excerpt: [UInt8] = []
        var discarded = 0
        /// Bytes of the object taken.
        var taken: Int64 = 0
        /// Chunks handed over that are not in the file yet.
        var unwritten = 0
        /// Paused until there are fewer of them.
        var waitsForDisk = false
    }

    private static let chunk = Int64(PartialFile.chunkSize)
    /// Bytes of an unwanted body that are read past; more would cost more than a new connection.
    private static let tolerableWaste = 64 * 1024
    /// Chunks on their way to the disk; what is above this stays on the line. A kill loses them and the one being filled,
    /// which is less than 1 MiB a connection however slow the disk is.
    private static let mostUnwritten = 2

    private let question: Question
    private let assembly: ProductAssembly
    private let pool: BufferPool
    private let progress: any ObjectProgress
    private let asked = ContinuousClock.now
    private let state = Mutex(State())

    init(_ question: Question, assembly: ProductAssembly, pool: BufferPool, progress: any ObjectProgress) {
        self.question = question
        self.assembly = assembly
        self.pool = pool
        self.progress = progress
    }

    /// What came, once the transfer has ended.
    var answer: Answer {
        self.state.withLock { state in
            guard case .status(var answer) = state.answer else { return state.answer }
            answer.excerpt = String(decoding: state.excerpt, as: UTF8.self)
            return .status(answer)
        }
    }

    /// Bytes of the object that came.
    var taken: Int64 { self.state.withLock { $0.taken } }

    /// Ends this answer's share earlier: another connection brings what follows. Any thread.
    func shorten(to end: Int64) {
        self.state.withLock { $0.end = min($0.end, max(end, $0.position)) }
    }

    // MARK: BodySink

    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision {
        self.progress.answered(after: self.asked.duration(to: .now))
        var answer = self.judge(head)
        if case .whole(let evidence, let total) = answer, !self.progress.beginWhole(evidence, total: total) {
            answer = .changed("the service answered a question for a part with the whole object")
        }
        self.state.withLock { state in
            state.answer = answer
            state.control = control
            switch (answer, self.question) {
            case (.whole(_, let total), _):
                state.end = total ?? .max
            case (.part, .part(let range, _, _)):
                state.chunkStart = range.lowerBound
                state.position = range.lowerBound
                state.end = range.upperBound
            default: break
            }
        }
        return .take
    }

    private func judge(_ head: HTTPResponseHead) -> Answer {
        let headers = head.headers
        switch head.status {
        case 200, 206:
            if let encoding = headers["content-encoding"], encoding.lowercased() != "identity" {
                return .unusable("the body is encoded (\(encoding)), so its bytes are not the product's")
            }
        default:
            return .status(
                HTTPAnswer(
                    status: head.status,
                    retryAfter: headers["retry-after"],
                    location: headers["location"],
                    excerpt: ""
                )
            )
        }
        let evidence = ServiceEvidence(headers)
        // Every S3 object has an ETag; error pages of proxies and portals have none.
        if evidence.etag == nil, let type = headers["content-type"]?.lowercased(),
            type.hasPrefix("text/html") || type.contains("xml")
        {
            return .unusable("a page of type \(type) came in place of the product")
        }
        if head.status == 200 {
            let total = headers["content-length"].flatMap { Int64($0) }
            return .whole(evidence, total: total.flatMap { $0 >= 0 ? $0 : nil })
        }
        guard case .part(let range, let total, let known) = self.question else {
            return .unusable("status 206 where the whole object was asked for")
        }
        guard let content = ContentRange(headers["content-range"]) else {
            return .changed("the service answers 206 without a usable Content-Range")
        }
        guard content.range.lowerBound == range.lowerBound, content.range.upperBound >= range.upperBound else {
            return .changed("asked for bytes \(range.lowerBound)–\(range.upperBound - 1), got \(content)")
        }
        guard content.total == nil || content.total == total, evidence.etag == nil || evidence.etag == known.etag else {
            return .changed("the object changed at the service while it was being fetched")
        }
        return .part
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision {
        let decision = self.state.withLock { state -> SinkDecision in
            switch state.answer {
            case .whole, .part: self.take(bytes, &state)
            default: self.discard(bytes, &state)
            }
        }
        if decision != .pause { self.progress.received(bytes.count) }
        return decision
    }

    private func discard(_ bytes: UnsafeRawBufferPointer, _ state: inout State) -> SinkDecision {
        if state.excerpt.count < 2048 { state.excerpt += bytes.prefix(2048 - state.excerpt.count) }
        state.discarded += bytes.count
        return state.discarded > Self.tolerableWaste ? .enough : .take
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ state: inout State) -> SinkDecision {
        guard self.assembly.error == nil, let control = state.control else { return .enough }
        let wanted = Int(min(Int64(bytes.count), state.end - state.position))
        // libcurl offers the same bytes again after a pause, so either all of them find room or none is taken.
        var spare: ChunkBuffer?
        let held = self.room(state)
        if wanted > held {
            guard state.unwritten < Self.mostUnwritten else {
                state.waitsForDisk = true
                return .pause
            }
            guard let buffer = self.pool.take(orResume: control) else { return .pause }
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
                if let end = self.progress.reached(state.position) {
                    state.end = min(state.end, max(end, state.position))
                }
                state.chunkStart = state.position
                state.buffer = spare
                spare = nil
            }
        }
        if let spare { self.pool.give(back: spare) }
        state.taken += Int64(wanted)
        return wanted < bytes.count ? .enough : .take
    }

    private func hand(_ buffer: ChunkBuffer, _ state: inout State) {
        state.unwritten += 1
        self.assembly.accept(buffer, at: state.chunkStart) {
            let paused = self.state.withLock { state -> TransferControl? in
                state.unwritten -= 1
                defer { state.waitsForDisk = false }
                return state.waitsForDisk ? state.control : nil
            }
            paused?.resume()
        }
    }

    /// Bytes that fit into the buffer at hand.
    private func room(_ state: State) -> Int {
        state.buffer == nil ? 0 : Int(self.chunkEnd(state) - state.position)
    }

    private func chunkEnd(_ state: State) -> Int64 {
        min((state.chunkStart / Self.chunk + 1) * Self.chunk, state.end)
    }

    /// Call once after the transfer's end: hands over the last chunk of a body whose length was not known, and gives back
    /// a chunk that was cut off.
    func close(isComplete: Bool) {
        self.state.withLock { state in
            guard let buffer = state.buffer else { return }
            state.buffer = nil
            if isComplete, state.end == .max, buffer.count > 0 {
                self.hand(buffer, &state)
            } else {
                self.pool.give(back: buffer)
            }
        }
    }
}

/// Follows one connection of an object. Called on the transfer thread, so it must not block.
protocol ObjectProgress: Sendable {
    /// The whole object begins, whatever was asked.
    /// - Returns: false if it must not be taken, because other connections are at work on parts.
    func beginWhole(_ evidence: ServiceEvidence, total: Int64?) -> Bool
    /// The answer to a request began so long after the request.
    func answered(after latency: Duration)
    /// Bytes of a body came.
    func received(_ count: Int)
    /// Everything of this connection's share before `position` has been handed over.
    /// - Returns: where its share ends by now; nil where that is not divided.
    func reached(_ position: Int64) -> Int64?
}

/// A `Content-Range` field: `bytes 100-199/6024` or `bytes 100-199/*` (RFC 9110 §14.4).
struct ContentRange: Sendable, Hashable, CustomStringConvertible {
    var range: Range<Int64>
    /// Bytes of the whole object, if said.
    var total: Int64?

    init?(_ field: String?) {
        guard let field, field.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = field.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 0, last >= first,
            last < .max
        else { return nil }
        self.range = first..<last + 1
        self.total = nil
        if parts[1] != "*" {
            guard let total = Int64(parts[1]), total > last else { return nil }
            self.total = total
        }
    }

    var description: String {
        "bytes \(self.range.lowerBound)–\(self.range.upperBound - 1) of \(self.total.map(String.init) ?? "?")"
    }
}
