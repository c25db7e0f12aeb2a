/// The digest of the parts of an object: S3's multipart ETag and its composite checksums.
///
/// The value is the digest of the parts' binary digests one after another. S3 writes it with `-` and the number of parts
/// behind it, in hexadecimal as ETag (MD5) and in base64 as `x-amz-checksum-*` (S3 User Guide, "Checking object integrity").
package struct CompositeDigest: Sendable, Hashable, CustomStringConvertible {
    package let digest: Digest
    /// How many parts; at least 1.
    package let parts: Int

    package var algorithm: DigestAlgorithm { self.digest.algorithm }

    /// Assembles the digests of all parts, in the order of the parts. They may have been made in any order.
    ///
    /// - Returns: nil where there is no part, or a part's digest is of another algorithm.
    package init?(_ algorithm: DigestAlgorithm, parts: some Collection<Digest>) throws(ChecksumError) {
        guard !parts.isEmpty, parts.allSatisfy({ $0.algorithm == algorithm }) else { return nil }
        let stream = try StreamDigest(algorithm)
        for part in parts { try stream.update(part.bytes.span.bytes) }
        self.init(digest: try stream.finish(), parts: parts.count)
    }

    init(digest: Digest, parts: Int) {
        self.digest = digest
        self.parts = parts
    }

    /// As in an ETag, without quotes: `9b2cf535f27731c974343645a3985328-3`.
    package var etag: String { "\(self.digest.hex)-\(self.parts)" }

    /// As in an `x-amz-checksum-*` header: `zLoSFw==-3`.
    package var headerValue: String { "\(self.digest.base64)-\(self.parts)" }

    package var description: String { "\(self.algorithm.displayName) \(self.etag)" }
}

/// How an object was cut into parts.
package enum PartDivision: Sendable, Hashable {
    /// Bytes of every part but the last; anything below 1 counts as 1.
    case equal(Int64)
    /// Bytes of each part; what comes after them belongs to the last.
    case lengths([Int64])

    /// Bytes of the part with that number, from 0.
    fileprivate func length(ofPart index: Int) -> Int64 {
        switch self {
        case .equal(let size): max(1, size)
        case .lengths(let lengths): index < lengths.count - 1 ? max(1, lengths[index]) : .max
        }
    }
}

/// Computes a `CompositeDigest` of bytes that arrive in order, in one pass.
///
/// Memory is a few kilobytes whatever the number of parts. The rule of `StreamDigest` about threads holds.
package final class PartedDigest: @unchecked Sendable {
    package let division: PartDivision
    private let part: StreamDigest
    private let whole: StreamDigest
    private var room: Int64
    private var partsDone = 0

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses the algorithm.
    package convenience init(_ algorithm: DigestAlgorithm, _ division: PartDivision) throws(ChecksumError) {
        try self.init(algorithm, division, with: .current)
    }

    init(
        _ algorithm: DigestAlgorithm,
        _ division: PartDivision,
        with sets: InstructionSets
    ) throws(ChecksumError) {
        self.division = division
        self.room = division.length(ofPart: 0)
        self.part = try StreamDigest(algorithm, with: sets)
        self.whole = try StreamDigest(algorithm, with: sets)
    }

    package var algorithm: DigestAlgorithm { self.part.algorithm }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        var rest = bytes
        var work = BlockWork()
        while !rest.isEmpty {
            let count = Int(min(Int64(rest.count), self.roomInPart))
            try self.add(UnsafeRawBufferPointer(rebasing: rest.prefix(count)), to: &work)
            work.run()
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// How many bytes `add` takes at once; at least 1.
    var roomInPart: Int64 { self.room > 0 ? self.room : self.division.length(ofPart: self.partsDone + 1) }

    /// Adds up to `roomInPart` bytes at the end, at most once before `work` runs, which must be while they are valid.
    func add(_ bytes: UnsafeRawBufferPointer, to work: inout BlockWork) throws(ChecksumError) {
        guard !bytes.isEmpty else { return }
        // A full part ends when the next byte comes, so that a last part that is full is not followed by an empty one.
        if self.room == 0 { try self.endPart() }
        try self.part.add(bytes, to: &work)
        self.room -= Int64(bytes.count)
    }

    /// The composite of everything since the beginning or the last `finish()`; what follows is digested anew.
    /// No bytes at all are one empty part, as S3 has it.
    package func finish() throws(ChecksumError) -> CompositeDigest {
        try self.endPart()
        let parts = self.partsDone
        self.partsDone = 0
        self.room = self.division.length(ofPart: 0)
        return CompositeDigest(digest: try self.whole.finish(), parts: parts)
    }

    private func endPart() throws(ChecksumError) {
        let digest = try self.part.finish()
        try self.whole.update(digest.bytes.span.bytes)
        self.partsDone += 1
        self.room = self.division.length(ofPart: self.partsDone)
    }
}
