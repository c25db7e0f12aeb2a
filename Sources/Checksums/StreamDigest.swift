/// One digest or checksum of bytes that arrive in order.
///
/// `@unchecked Sendable` under this rule: it has one user at a time. It may wander between threads as long as each hands it
/// to the next by something that orders memory (a lock, a queue, an await), and two threads never use it at once.
package final class StreamDigest: @unchecked Sendable {
    private enum State {
        case blocks(BlockDigest)
        case message(MessageDigest)
        case cyclic(CyclicRedundancyCheck, UInt64)
    }

    package let algorithm: DigestAlgorithm
    private var state: State

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses the algorithm.
    package convenience init(_ algorithm: DigestAlgorithm) throws(ChecksumError) {
        try self.init(algorithm, with: .current)
    }

    init(_ algorithm: DigestAlgorithm, with sets: InstructionSets) throws(ChecksumError) {
        self.algorithm = algorithm
        if let check = CyclicRedundancyCheck.named(algorithm) {
            self.state = .cyclic(check, 0)
        } else if algorithm == .md5, sets.hasMD5 {
            self.state = .blocks(BlockDigest())
        } else {
            self.state = .message(try MessageDigest(algorithm))
        }
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        var work = BlockWork()
        try self.add(bytes, to: &work)
        work.run()
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: RawSpan) throws(ChecksumError) {
        try bytes.withUnsafeBytes { (buffer) throws(ChecksumError) in try self.update(buffer) }
    }

    /// Adds `bytes` at the end, at most once before `work` runs, which must be while they are valid.
    func add(_ bytes: UnsafeRawBufferPointer, to work: inout BlockWork) throws(ChecksumError) {
        switch self.state {
        case .blocks(let digest): digest.add(bytes, to: &work)
        case .message(let digest): try digest.update(bytes)
        case .cyclic(let check, let value): self.state = .cyclic(check, check.update(value, bytes))
        }
    }

    /// The digest of everything since the beginning or the last `finish()`; what follows is digested anew.
    package func finish() throws(ChecksumError) -> Digest {
        switch self.state {
        case .blocks(let digest):
            return digest.finish()
        case .message(let digest):
            return try digest.finish()
        case .cyclic(let check, let value):
            self.state = .cyclic(check, 0)
            return Digest(crc: value, self.algorithm)
        }
    }
}

extension DigestAlgorithm {
    /// Whether it can be computed on this machine: what is done by OpenSSL alone may be forbidden there (FIPS).
    package var isAvailable: Bool {
        CyclicRedundancyCheck.named(self) != nil || (self == .md5 && InstructionSets.current.hasMD5)
            || MessageDigest.isOffered(self)
    }
}

extension Digest {
    /// The digest of `bytes`.
    package init(_ algorithm: DigestAlgorithm, of bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        let stream = try StreamDigest(algorithm)
        try stream.update(bytes)
        self = try stream.finish()
    }
}
