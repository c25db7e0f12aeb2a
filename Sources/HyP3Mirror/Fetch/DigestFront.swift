import Checksums
import Dispatch

/// Digests one object from its start on, as far as its bytes have come without a gap. Bytes beyond a gap are read back from
/// the staged file once the front has reached them.
///
/// Used on its product's lane only, which is why it may be captured there.
final class DigestFront: @unchecked Sendable {
    private let digests: DigestSet
    private let file: PartialFile
    private let total: Int64?
    private let crew: DigestCrew
    private let pool: BufferPool
    private let lane: DispatchQueue

    /// Where the bytes end that are digested, being digested, or in `waiting`.
    private var end: Int64 = 0
    private var waiting: [ChunkBuffer] = []
    /// Starts of chunks in the file, beyond the front.
    private var ahead: Set<Int64>
    private var spare: ChunkBuffer?
    private var isAtWork = false
    private var failure: (any Error)?
    private var settled: [@Sendable (Result<DigestSet, any Error>) -> Void] = []

    /// - Parameters:
    ///   - total: bytes of the object; nil if not known.
    ///   - present: starts of the chunks that are staged already.
    init(
        _ kinds: Set<DigestSet.Kind>,
        file: PartialFile,
        total: Int64?,
        present: [Int64],
        crew: DigestCrew,
        pool: BufferPool,
        lane: DispatchQueue
    ) throws {
        self.digests = try DigestSet(kinds)
        self.file = file
        self.total = total
        self.crew = crew
        self.pool = pool
        self.lane = lane
        self.ahead = Set(present)
    }

    /// Begins with what is present.
    func start() { self.advance() }

    /// Takes a chunk that is written; its buffer goes back to the pool when it is done.
    func accept(_ buffer: ChunkBuffer, at offset: Int64) {
        if offset == self.end, self.failure == nil {
            self.end += Int64(buffer.count)
            self.waiting.append(buffer)
        } else {
            self.ahead.insert(offset)
            self.pool.give(back: buffer)
        }
        self.advance()
    }

    /// Calls `body`, on the lane, when all is digested that can be: with the set, or with what went wrong.
    func whenSettled(_ body: @escaping @Sendable (Result<DigestSet, any Error>) -> Void) {
        self.settled.append(body)
        self.advance()
    }

    /// Ends it; nothing that comes later is of use.
    func abandon() { self.fail(CancellationError()) }

    private func advance() {
        guard !self.isAtWork else { return }
        if let failure = self.failure { return self.settle(.failure(failure)) }
        if !self.waiting.isEmpty {
            let (pool, buffers) = (self.pool, self.waiting)
            self.waiting = []
            return self.digest(buffers) { for buffer in buffers { pool.give(back: buffer) } }
        }
        do {
            guard let buffer = try self.readBack() else {
                self.spare = nil
                return self.settle(.success(self.digests))
            }
            self.digest([buffer]) { self.lane.async { self.spare = buffer } }
        } catch {
            self.fail(error)
            self.advance()
        }
    }

    private func settle(_ result: Result<DigestSet, any Error>) {
        let callbacks = self.settled
        self.settled = []
        for callback in callbacks { callback(result) }
    }

    private func digest(_ buffers: [ChunkBuffer], then giveBack: @escaping @Sendable () -> Void) {
        self.isAtWork = true
        let job = DigestCrew.Job(digests: self.digests, buffers: buffers) { result in
            giveBack()
            self.lane.async {
                self.isAtWork = false
                if case .failure(let error) = result { self.fail(error) }
                self.advance()
            }
        }
        self.crew.add(job)
    }

    /// The chunk at the front, if it is one of those staged ahead of it. In memory of its own: the pool's may all be held
    /// by transfers that wait for this front.
    private func readBack() throws -> ChunkBuffer? {
        guard self.ahead.remove(self.end) != nil else { return nil }
        let wanted = min(Int64(PartialFile.chunkSize), (self.total ?? .max) - self.end)
        guard wanted > 0 else { return nil }
        let buffer = self.spare ?? ChunkBuffer()
        self.spare = nil
        buffer.count = try self.file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer.whole[..<Int(wanted)]),
            at: self.end
        )
        self.end += Int64(buffer.count)
        return buffer
    }

    private func fail(_ error: any Error) {
        if self.failure == nil { self.failure = error }
        for buffer in self.waiting { self.pool.give(back: buffer) }
        self.waiting = []
    }
}
