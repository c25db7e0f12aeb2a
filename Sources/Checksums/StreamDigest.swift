/// One digest or checksum of bytes that arrive in order.
///
/// `@unchecked Sendable` under this rule: it has one user at a time. It may wander between threads as long as each hands it
/// to the next by something that orders memory (a lock, a queue, an await), and two threads never use it at once.
package final class StreamDigest: @unchecked Sendable {
    private enum State {
        case message(MessageDigest)
        case cyclic(CyclicRedundancyCheck, UInt64)
    }

    package let algorithm: DigestAlgorithm
    private var state: State

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses the algorithm.
    package init(_ algorithm: DigestAlgorithm) throws(ChecksumError) {
        self.algorithm = algorithm
        if let check = CyclicRedundancyCheck.named(algorithm) {
            self.state = .cyclic(check, 0)
        } else {
            self.state = .message(try MessageDigest(algorithm))
        }
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        switch self.state {
        case .message(let digest): try digest.update(bytes)
        case .cyclic(let check, let value): self.state = .cyclic(check, check.update(value, bytes))
        }
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: RawSpan) throws(ChecksumError) {
        try bytes.withUnsafeBytes { (buffer) throws(ChecksumError) in try self.update(buffer) }
    }

    /// The digest of everything since the beginning or the last `finish()`; what follows is digested anew.
    package func finish() throws(ChecksumError) -> Digest {
        switch self.state {
        case .message(let digest):
            return try digest.finish()
        case .cyclic(let check, let value):
            self.state = .cyclic(check, 0)
            return Digest(crc: value, self.algorithm)
        }
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
