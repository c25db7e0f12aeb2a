import Checksums
import Dispatch
import Synchronization

/// Puts one product together from chunks: writes them, and has them digested in order as far as they are complete.
///
/// Chunks come from the transfer thread, in any order where several connections fetch one product. They are written on a
/// serial lane of a concurrent queue, so that neither the sockets nor Swift's cooperative pool wait for the disk.
final class ProductAssembly: @unchecked Sendable {
    let file: PartialFile
    private let pool: BufferPool
    private let lane: DispatchQueue
    /// Any thread may read it; a sink stops its transfer when it is set.
    private let failure = Mutex<(any Error)?>(nil)

    // Only on the lane.
    private var evidence: ServiceEvidence?
    private var total: Int64?
    private var front: DigestFront?

    private static let workers = DispatchQueue(label: "products", attributes: .concurrent)
    private let crew: DigestCrew
    private let boot: String
    private let reserve: Int64

    /// - Parameter reserve: bytes that must stay free on the file system.
    init(file: PartialFile, pool: BufferPool, crew: DigestCrew, boot: String, reserve: Int64) {
        self.file = file
        self.pool = pool
        self.crew = crew
        self.boot = boot
        self.reserve = reserve
        self.lane = DispatchQueue(label: "product", target: Self.workers)
    }

    /// Why no more chunks are of use, if something went wrong.
    var error: (any Error)? { self.failure.withLock { $0 } }

    /// Runs `work` on the lane, after all chunks given before.
    func onLane<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            self.lane.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// Runs blocking work of no product in particular where the lanes run.
    static func onWorker<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Self.workers.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// Drops what is staged and begins anew with the object of `evidence`. Any thread; chunks given later follow it.
    func restart(_ evidence: ServiceEvidence, total: Int64?) {
        self.lane.async {
            do {
                try self.file.discard()
                try FreeSpace.require(total ?? 0, reserve: self.reserve, at: self.file.path)
                if let total { try self.file.begin(total: total, evidence: evidence, boot: self.boot) }
                try self.begin(evidence, total: total, present: [])
            } catch {
                self.failure.withLock { $0 = error }
            }
        }
    }

    /// Drops what is staged. On the lane.
    func discard() throws {
        self.front?.abandon()
        self.front = nil
        try self.file.discard()
    }

    /// Goes on with what an earlier attempt or run has staged; what an earlier run has is digested anew.
    /// - Returns: what is still missing of which object; nil when nothing usable is staged. On the lane.
    func resume() throws -> Remainder? {
        guard let record = self.file.resumable else { return nil }
        // An attempt that broke off in this very run has digested what it staged.
        if self.front != nil, self.error == nil { return Remainder(record) }
        let header = record.header
        let present = record.marks.indices.filter { record.marks[$0] != .nothing }
        try self.begin(
            header.evidence,
            total: header.total,
            present: present.map { Int64($0) * Int64(header.chunk) }
        )
        return Remainder(record)
    }

    private func begin(_ evidence: ServiceEvidence, total: Int64?, present: [Int64]) throws {
        self.failure.withLock { $0 = nil }
        self.evidence = evidence
        self.total = total
        self.front?.abandon()
        let front = try DigestFront(
            ProofPlan(evidence, total: total ?? -1).kinds,
            file: self.file,
            total: total,
            present: present,
            crew: self.crew,
            pool: self.pool,
            lane: self.lane
        )
        self.front = front
        front.start()
    }

    /// Takes a chunk. Any thread; the buffer goes back to the pool when the work is done.
    /// - Parameter written: called when the chunk is in the file, or never will be.
    func accept(_ buffer: ChunkBuffer, at offset: Int64, written: @escaping @Sendable () -> Void) {
        self.lane.async {
            defer { written() }
            guard self.error == nil, let front = self.front else { return self.pool.give(back: buffer) }
            do {
                try self.file.write(buffer.bytes, at: offset)
                front.accept(buffer, at: offset)
                self.checkpointIfDue()
            } catch {
                self.pool.give(back: buffer)
                self.failure.withLock { $0 = error }
            }
        }
    }

    /// Beside the lane: a slow disk then holds up the record and not the chunks.
    private func checkpointIfDue() {
        guard let checkpoint = self.file.beginCheckpoint() else { return }
        Self.workers.async {
            let flushed = Result { try checkpoint.flush() }
            self.lane.async {
                do {
                    try flushed.get()
                    try self.file.end(checkpoint)
                } catch {
                    self.failure.withLock { $0 = error }
                }
            }
        }
    }

    /// What has been put together, after all chunks given before: complete only if `digests.byteCount` is the object's
    /// length.
    func finish() async throws -> Assembled? {
        try await withCheckedThrowingContinuation { continuation in
            self.lane.async {
                guard self.error == nil, let front = self.front, let evidence = self.evidence else {
                    return continuation.resume(with: Result { if let error = self.error { throw error } else { nil } })
                }
                front.whenSettled { result in
                    self.front = nil
                    continuation.resume(
                        with: Result {
                            let digests = try result.get().finish()
                            return Assembled(evidence: evidence, announced: self.total, digests: digests)
                        }
                    )
                }
            }
        }
    }

    /// Digests the staged bytes once more, for kinds that were not thought of before. On the lane.
    func digestAgain(_ kinds: Set<DigestSet.Kind>) throws -> DigestSet.Results {
        let digests = try DigestSet(kinds)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = try self.file.read(into: buffer, at: offset)
            if count == 0 { return try digests.finish() }
            try digests.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
    }
}

/// The bytes of one object as they stand in staging, with their digests.
struct Assembled: Sendable {
    var evidence: ServiceEvidence
    /// The length the service announced; nil if it announced none.
    var announced: Int64?
    /// `byteCount` is how many bytes there are from the start without a gap.
    var digests: DigestSet.Results
}

/// What is missing of a partly staged object.
struct Remainder: Sendable, Hashable {
    var evidence: ServiceEvidence
    var total: Int64
    /// In order, not touching each other; chunk-aligned but for the object's end.
    var missing: [Range<Int64>]
    /// Bytes that need not be fetched again.
    var present: Int64 { self.total - self.missing.reduce(0) { $0 + Int64($1.count) } }

    init(_ record: ResumeRecord) {
        let chunk = Int64(record.header.chunk)
        self.evidence = record.header.evidence
        self.total = record.header.total
        self.missing = []
        for (index, mark) in record.marks.enumerated() where mark == .nothing {
            let start = Int64(index) * chunk
            let end = min(start + chunk, self.total)
            if let last = self.missing.last, last.upperBound == start {
                self.missing[self.missing.count - 1] = last.lowerBound..<end
            } else {
                self.missing.append(start..<end)
            }
        }
    }
}
