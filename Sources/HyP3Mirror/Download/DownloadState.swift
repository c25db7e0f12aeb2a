/// Decides how one attempt at an object goes, over however many connections it is granted. Pure: it is told what happens
/// and says what to do; the download carries that out.
///
/// The first connection asks for the whole object, and goes on with it alone until others come to help. Only a 206 proves
/// that the service gives ranges; until then the first connection is held where a helper's piece begins, never cut, so that
/// it can go on to the end if the object turns out not to be divisible.
struct DownloadState: Sendable {
    /// What is to be done, in this order.
    enum Action: Sendable, Hashable {
        /// Ask the service over this connection.
        case request(Int, ObjectQuestion)
        /// Drop what is staged; the object of this head begins.
        case begin(ObjectHead)
        /// The bytes at hand belong into the file.
        case write
        /// This connection's answer may go on until there.
        case limit(Int, to: Int64)
        /// This connection's answer is of no more use.
        case stop(Int)
        /// So is every other that there still is.
        case stopAll
        /// Give the connection back; if `rests`, its host asked for fewer.
        case release(Int, rests: Bool)
        /// The attempt has ended without the object.
        case fail(FetchFailure)
        /// All bytes are in the file and digested.
        case done
    }

    /// How a request ended.
    enum Ending: Sendable, Hashable {
        /// The answer came to its end.
        case complete
        /// We wanted no more of it.
        case stopped
        case failed(FetchFailure)
    }

    private struct Connection: Sendable, Hashable {
        enum Phase: Sendable, Hashable {
            case asked
            /// Its bytes are of use.
            case taking
            case stopping
        }
        var phase = Phase.asked
        var isWhole: Bool
        /// Of the plan.
        var piece: Int?
        /// Where the next byte belongs.
        var position: Int64
        /// Where its answer ends, as asked or announced; `.max` where that is not known.
        var answerEnd: Int64
        /// It has come to where its piece ends though its answer goes on, and waits.
        var isHeld = false
    }

    private var connections: [Int: Connection] = [:]
    private var object: ObjectHead?
    /// Nil where the object's length is not known, or nothing of it yet.
    private var plan: PiecePlan?
    /// Bytes of an object of unknown length, once it has ended.
    private var endOfOpen: Int64?
    private var digestedEnd: Int64 = 0
    /// The worst thing that went wrong; nothing new is begun after it.
    private(set) var failure: FetchFailure?
    private var hasEnded = false
    /// A 206 has come.
    private var rangesAreProven = false
    /// False once the service has shown that it gives no parts of this object. Worth knowing for the next attempt.
    private(set) var isDividable: Bool
    /// Bytes that were staged before.
    private(set) var resumed: Int64 = 0

    /// - Parameter remainder: what an earlier attempt or run has left to fetch; nil where nothing usable is staged.
    init(_ remainder: Remainder?, isDividable: Bool = true) {
        self.isDividable = isDividable
        guard let remainder, isDividable || remainder.missing.isEmpty else { return }
        self.object = ObjectHead(evidence: remainder.evidence, total: remainder.total)
        self.plan = PiecePlan(total: remainder.total, missing: remainder.missing)
        self.resumed = remainder.present
    }

    /// Whether one connection more would be of use.
    /// - Parameter width: how many there may be at once for this object.
    func wantsConnection(width: Int) -> Bool {
        guard self.failure == nil, !self.hasEnded, self.isDividable, let object = self.object, let plan = self.plan,
            object.evidence.strongETag != nil, plan.hasWork(connections: width)
        else { return false }
        if self.rangesAreProven { return true }
        guard self.connections.values.contains(where: { $0.phase == .taking }) else { return false }
        return object.offersRanges == true || self.connections.count == 1
    }

    // MARK: What happens

    /// A connection is there.
    mutating func granted(_ id: Int, width: Int) -> [Action] {
        guard self.failure == nil, !self.hasEnded else { return [.release(id, rests: false)] }
        if self.isComplete, self.connections.isEmpty { return [.release(id, rests: false)] + self.conclude() }
        return self.next(id, width: width) ?? [.release(id, rests: false)]
    }

    /// The answer over a connection begins.
    mutating func head(_ id: Int, _ answer: Answer, width: Int) -> [Action] {
        guard self.connections[id] != nil, self.isGoingOn else { return [.stop(id)] }
        switch answer {
        case .whole(let head):
            return self.whole(id, head, width: width)
        case .part:
            self.rangesAreProven = true
            self.connections[id]?.phase = .taking
            return self.reconsider(width: width)
        case .undividable:
            self.isDividable = false
            return self.stop(id) + self.reconsider(width: width)
        case .changed(let reason):
            return self.fail(FetchFailure(.changed, reason))
        case .refused, .encoded, .unusable:
            // The end of the request says what it means.
            return []
        }
    }

    /// Bytes of a connection's answer came.
    func bytes(_ id: Int, _ range: Range<Int64>) -> [Action] {
        guard let connection = self.connections[id], connection.phase == .taking, self.isGoingOn,
            connection.position == range.lowerBound
        else { return [] }
        return [.write]
    }

    /// They are in the file.
    mutating func written(_ id: Int, _ range: Range<Int64>, width: Int) -> [Action] {
        self.connections[id]?.position = range.upperBound
        guard let connection = self.connections[id], let number = connection.piece else { return [] }
        self.plan?.advance(number, to: range.upperBound)
        guard let piece = self.plan?.piece(number), piece.isComplete, connection.answerEnd > piece.range.upperBound
        else { return [] }
        self.connections[id]?.isHeld = true
        return self.goOn(id, width: width)
    }

    /// The digests have come so far, with nothing left to do.
    mutating func digested(to end: Int64) -> [Action] {
        self.digestedEnd = max(self.digestedEnd, end)
        return self.connections.isEmpty && self.isComplete ? self.conclude() : []
    }

    /// A request has ended.
    /// - Parameter isWanted: another product needs the connection more.
    mutating func ended(_ id: Int, _ ending: Ending, isWanted: Bool, width: Int) -> [Action] {
        guard let connection = self.connections.removeValue(forKey: id) else { return [] }
        var isWhole = true
        if let number = connection.piece {
            isWhole = self.plan?.piece(number)?.isComplete ?? false
            self.plan?.end(number)
        }
        switch ending {
        case .failed(let failure):
            var actions: [Action] = [.release(id, rests: failure.isThrottling)]
            actions += self.note(failure)
            return actions + self.after(width: width)
        case .complete where !isWhole && connection.phase != .stopping:
            let reason = "the connection ended after \(connection.position) bytes, before what was announced"
            return [.release(id, rests: false)] + self.note(FetchFailure(.transient(retryAfter: nil), reason))
                + self.after(width: width)
        case .complete:
            if connection.phase == .taking, self.plan == nil { self.endOfOpen = connection.position }
        case .stopped:
            break
        }
        let mayKeep = self.isGoingOn && !(isWanted && !self.connections.isEmpty)
        if mayKeep, !self.isComplete, let actions = self.next(id, width: width) {
            return actions + self.reconsider(width: width)
        }
        return [.release(id, rests: false)] + self.after(width: width)
    }

    /// The attempt is given up for a reason that is not the service's.
    mutating func abandon() { self.hasEnded = true }

    // MARK: What follows

    private var isGoingOn: Bool { !self.hasEnded && self.failure?.endsAttempt != true }

    private var isComplete: Bool {
        guard let plan = self.plan else { return self.endOfOpen != nil }
        return plan.isComplete
    }

    /// What a connection without work is to ask for; nil where there is nothing.
    private mutating func next(_ id: Int, width: Int) -> [Action]? {
        guard self.isDividable, let object = self.object, let total = object.total, object.evidence.strongETag != nil,
            self.plan != nil
        else {
            // One connection for what cannot be divided, or is not known.
            guard self.connections.isEmpty else { return nil }
            self.object = nil
            self.plan = nil
            self.connections[id] = Connection(isWhole: true, position: 0, answerEnd: .max)
            return [.request(id, .whole)]
        }
        guard let (piece, shortened) = self.plan?.take(connections: width) else { return nil }
        var actions: [Action] = []
        if let shortened, let other = self.connections.first(where: { $0.value.piece == shortened })?.key,
            let end = self.plan?.piece(shortened)?.range.upperBound
        {
            actions.append(.limit(other, to: end))
        }
        self.connections[id] = Connection(
            isWhole: false,
            piece: piece.id,
            position: piece.range.lowerBound,
            answerEnd: piece.range.upperBound
        )
        return actions + [.request(id, .part(piece.range, total: total, evidence: object.evidence))]
    }

    private mutating func whole(_ id: Int, _ head: ObjectHead, width: Int) -> [Action] {
        let isSame = head.evidence.strongETag != nil && head.evidence.strongETag == self.object?.evidence.strongETag
        let isAsked = self.connections[id]?.isWhole ?? false
        if self.connections.contains(where: { $0.key != id && $0.value.phase != .stopping }) {
            guard isSame, head.total == self.object?.total else {
                return self.fail(FetchFailure(.changed, "the object changed at the service while it was being fetched"))
            }
            self.isDividable = false
            return self.stop(id) + self.reconsider(width: width)
        }
        if !isAsked, isSame { self.isDividable = false }
        if head.offersRanges == false { self.isDividable = false }
        self.object = head
        self.resumed = 0
        self.plan = nil
        self.digestedEnd = 0
        var piece: Int?
        if let total = head.total {
            var plan = PiecePlan(total: total, missing: total > 0 ? [0..<total] : [])
            piece = plan.take(connections: width)?.piece.id
            self.plan = plan
        }
        self.connections[id] = Connection(
            phase: .taking,
            isWhole: true,
            piece: piece,
            position: 0,
            answerEnd: head.total ?? .max
        )
        return [.begin(head)]
    }

    /// Ends one connection's answer; its piece is somebody else's.
    private mutating func stop(_ id: Int) -> [Action] {
        guard let connection = self.connections[id] else { return [] }
        if let number = connection.piece { self.plan?.end(number) }
        self.connections[id]?.piece = nil
        self.connections[id]?.isHeld = false
        self.connections[id]?.phase = .stopping
        return [.stop(id)]
    }

    /// Looks again at the connections that are held, after something has changed for them.
    private mutating func reconsider(width: Int) -> [Action] {
        var actions: [Action] = []
        for id in self.connections.filter({ $0.value.isHeld }).keys.sorted() {
            actions += self.goOn(id, width: width)
        }
        return actions
    }

    /// What becomes of a connection whose piece is complete and whose answer goes on.
    private mutating func goOn(_ id: Int, width: Int) -> [Action] {
        guard let connection = self.connections[id], let number = connection.piece else { return [] }
        if let end = self.plan?.extend(number, upTo: connection.answerEnd, connections: self.isDividable ? width : 1) {
            self.connections[id]?.isHeld = false
            return [.limit(id, to: end)]
        }
        let others = self.connections.filter { $0.key != id && $0.value.phase != .stopping }
        if self.rangesAreProven, self.isDividable { return self.stop(id) }
        // Whether the others bring their pieces is not known yet; if none does, this one brings all.
        guard others.isEmpty else { return [] }
        guard connection.isWhole, !self.isComplete(without: number) else { return self.stop(id) }
        self.plan?.extendToEnd(number)
        self.connections[id]?.isHeld = false
        return self.plan.map { [.limit(id, to: $0.total)] } ?? []
    }

    private func isComplete(without number: Int) -> Bool {
        guard let plan = self.plan else { return false }
        return plan.missing.isEmpty && plan.active.allSatisfy { $0.id == number }
    }

    private mutating func after(width: Int) -> [Action] {
        let actions = self.reconsider(width: width)
        return self.connections.isEmpty ? actions + self.conclude() : actions
    }

    /// With no connection left: is it all there?
    private mutating func conclude() -> [Action] {
        guard !self.hasEnded else { return [] }
        if self.isComplete, self.failure?.endsAttempt != true {
            guard self.digestedEnd == self.plan?.total ?? self.endOfOpen else { return [] }
            self.hasEnded = true
            return [.done]
        }
        self.hasEnded = true
        let early = FetchFailure(.transient(retryAfter: nil), "the connection ended early")
        return [.fail(self.failure ?? early)]
    }

    private mutating func note(_ failure: FetchFailure) -> [Action] {
        guard let known = self.failure else {
            self.failure = failure
            return failure.endsAttempt && !self.connections.isEmpty ? [.stopAll] : []
        }
        // What follows a failure that ends the attempt comes of the other connections being stopped.
        guard !known.endsAttempt, failure.endsAttempt else { return [] }
        self.failure = failure
        return self.connections.isEmpty ? [] : [.stopAll]
    }

    private mutating func fail(_ failure: FetchFailure) -> [Action] {
        _ = self.note(failure)
        return [.stopAll]
    }
}

extension FetchFailure {
    /// Whether the other connections of an object need not go on.
    fileprivate var endsAttempt: Bool {
        switch self.kind {
        case .transient, .throttled: false
        default: true
        }
    }

    fileprivate var isThrottling: Bool {
        if case .throttled = self.kind { true } else { false }
    }
}
