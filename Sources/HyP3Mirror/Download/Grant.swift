import CurlTransfer
import Synchronization

/// A connection of the run, and the right to the buffers it needs: granted together or not at all, so that nobody holds the
/// one while he waits for the other. Any thread.
final class Grant: Sendable {
    /// Buffers a connection has for itself: one is filled while the other is on its way to disk and digests.
    static let buffers = 2

    private struct State {
        /// Buffers it may still take of those it has a right to.
        var left = Grant.buffers
        /// Paused until a buffer comes back.
        var waiting: TransferControl?
        var isReleased = false
        /// Its transfer while that is answering.
        var transfer: TransferControl?
        var answers = 0
        var received: Int64 = 0
        var isHeld = false
        var hasCrawled = false
    }

    let id: UInt64
    let host: HostLine
    private let budget: DownloadBudget
    private let state: Mutex<State>

    init(id: UInt64, host: HostLine, budget: DownloadBudget) {
        self.id = id
        self.host = host
        self.budget = budget
        self.state = Mutex(State())
    }

    /// A free buffer, one of its own or one that is to spare. If there is none, nil, and `control` is resumed when one comes
    /// back.
    func take(orResume control: TransferControl) -> ChunkBuffer? {
        if let buffer = self.take() { return buffer }
        let isLate = self.state.withLock { state in
            if state.left > 0 {
                state.left -= 1
                return true
            }
            state.waiting = control
            return false
        }
        return isLate ? self.own() : nil
    }

    /// A free buffer, if there is one.
    func take() -> ChunkBuffer? {
        let isOwn = self.state.withLock { state in
            guard state.left > 0 else { return false }
            state.left -= 1
            return true
        }
        if isOwn { return self.own() }
        let spare = self.budget.spare()
        spare?.home = self
        return spare
    }

    private func own() -> ChunkBuffer {
        let buffer = self.budget.buffer()
        buffer.home = self
        return buffer
    }

    /// Takes back a buffer that was taken.
    func give(back buffer: ChunkBuffer) {
        // Before the right to it: whoever has that finds a buffer that is made already.
        self.budget.keep(buffer)
        let (waiting, isTooMany) = self.state.withLock { state -> (TransferControl?, Bool) in
            guard !state.isReleased, state.left < Self.buffers else { return (nil, true) }
            state.left += 1
            defer { state.waiting = nil }
            return (state.waiting, false)
        }
        if isTooMany { self.budget.giveBack() }
        waiting?.resume()
    }

    /// Gives the connection back, with the buffers that are here; the others follow by themselves. Once.
    /// - Parameter rests: the host has asked for fewer connections.
    func release(rests: Bool = false) {
        let left = self.state.withLock { state in
            state.isReleased = true
            defer { state.left = 0 }
            return state.left
        }
        self.budget.release(self, buffers: left, rests: rests)
    }

    // MARK: What comes over it

    /// A request of this connection is being answered.
    func begin(_ control: TransferControl) {
        self.state.withLock { state in
            state.transfer = control
            state.answers += 1
            state.received = 0
            state.isHeld = false
            state.hasCrawled = false
        }
    }

    /// Bytes of a body came.
    func received(_ count: Int) {
        self.host.add(bytes: count)
        self.state.withLock { state in
            state.received += Int64(count)
            state.isHeld = false
        }
    }

    /// The connection is not read from, for a reason of ours.
    func hold() { self.state.withLock { $0.isHeld = true } }

    /// The request has ended.
    /// - Returns: whether it was cut because it crawled.
    func end() -> Bool {
        self.state.withLock { state in
            state.transfer = nil
            return state.hasCrawled
        }
    }

    /// As the watch wants to see it; nil while nothing is being answered.
    var sample: CrawlWatch.Sample? {
        self.state.withLock { state in
            guard state.transfer != nil else { return nil }
            return CrawlWatch.Sample(
                id: self.id,
                answer: state.answers,
                bytes: state.received,
                isHeld: state.isHeld || state.waiting != nil
            )
        }
    }

    /// Cuts the transfer.
    func cutCrawl() {
        let transfer = self.state.withLock { state in
            state.hasCrawled = state.transfer != nil
            return state.transfer
        }
        transfer?.cancel()
    }
}
