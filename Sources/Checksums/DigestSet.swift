/// Several digests of the same bytes in one pass.
///
/// Chunks are cut into slices that stay in the CPU's second-level cache, so that main memory is read once however many
/// digests are asked for. The rule of `StreamDigest` about threads holds.
package final class DigestSet: @unchecked Sendable {
    /// One thing to compute.
    package enum Kind: Sendable, Hashable {
        /// The digest of all bytes.
        case whole(DigestAlgorithm)
        /// S3's digest of the digests of parts; with MD5 the multipart ETag. Bytes of every part but the last.
        case parted(DigestAlgorithm, partSize: Int64)
    }

    /// What was computed.
    package struct Results: Sendable, Hashable {
        /// Bytes digested.
        package fileprivate(set) var byteCount: Int64 = 0
        private var wholes: [DigestAlgorithm: Digest] = [:]
        private var composites: [Kind: CompositeDigest] = [:]

        /// The digest of all bytes, if it was asked for.
        package func whole(_ algorithm: DigestAlgorithm) -> Digest? { self.wholes[algorithm] }

        /// The composite of parts of this size, if it was asked for.
        package func parted(_ algorithm: DigestAlgorithm, partSize: Int64) -> CompositeDigest? {
            self.composites[.parted(algorithm, partSize: partSize)]
        }

        fileprivate mutating func add(_ digest: Digest) { self.wholes[digest.algorithm] = digest }
        fileprivate mutating func add(_ composite: CompositeDigest, of kind: Kind) { self.composites[kind] = composite }
    }

    private static let sliceSize = 32 << 10

    private let wholes: [StreamDigest]
    private let parted: [(kind: Kind, digest: PartedDigest)]
    /// Bytes digested so far.
    package private(set) var byteCount: Int64 = 0

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses an algorithm.
    package init(_ kinds: Set<Kind>) throws(ChecksumError) {
        var wholes: [StreamDigest] = []
        var parted: [(kind: Kind, digest: PartedDigest)] = []
        for kind in kinds {
            switch kind {
            case .whole(let algorithm): wholes.append(try StreamDigest(algorithm))
            case .parted(let algorithm, let size): parted.append((kind, try PartedDigest(algorithm, partSize: size)))
            }
        }
        self.wholes = wholes
        self.parted = parted
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        var rest = bytes
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.sliceSize))
            for digest in self.wholes { try digest.update(slice) }
            for (_, digest) in self.parted { try digest.update(slice) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
        }
        self.byteCount += Int64(bytes.count)
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: RawSpan) throws(ChecksumError) {
        try bytes.withUnsafeBytes { (buffer) throws(ChecksumError) in try self.update(buffer) }
    }

    /// The digests of everything since the beginning or the last `finish()`; what follows is digested anew.
    package func finish() throws(ChecksumError) -> Results {
        var results = Results()
        results.byteCount = self.byteCount
        for digest in self.wholes { results.add(try digest.finish()) }
        for (kind, digest) in self.parted { results.add(try digest.finish(), of: kind) }
        self.byteCount = 0
        return results
    }
}
