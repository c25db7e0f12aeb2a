/// Several digests of the same bytes in one pass.
///
/// Chunks are cut into slices that stay in the CPU's second-level cache, so that main memory is read once however many
/// digests are asked for. The rule of `StreamDigest` about threads holds.
package final class DigestSet: @unchecked Sendable {
    /// One thing to compute.
    package enum Kind: Sendable, Hashable {
        /// The digest of all bytes.
        case whole(DigestAlgorithm)
        /// S3's digest of the digests of parts; with MD5 the multipart ETag.
        case parted(DigestAlgorithm, PartDivision)
    }

    /// What was computed.
    package struct Results: Sendable, Hashable {
        /// Bytes digested.
        package fileprivate(set) var byteCount: Int64 = 0
        private var wholes: [DigestAlgorithm: Digest] = [:]
        private var composites: [Kind: CompositeDigest] = [:]

        /// The digest of all bytes, if it was asked for.
        package func whole(_ algorithm: DigestAlgorithm) -> Digest? { self.wholes[algorithm] }

        /// The composite of these parts, if it was asked for.
        package func parted(_ algorithm: DigestAlgorithm, _ division: PartDivision) -> CompositeDigest? {
            self.composites[.parted(algorithm, division)]
        }

        fileprivate mutating func add(_ digest: Digest) { self.wholes[digest.algorithm] = digest }
        fileprivate mutating func add(_ composite: CompositeDigest, of kind: Kind) { self.composites[kind] = composite }
    }

    private static let largestSlice = 16 << 10

    private let wholes: [StreamDigest]
    private let parted: [(kind: Kind, digest: PartedDigest)]
    /// Bytes digested so far.
    package private(set) var byteCount: Int64 = 0

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL refuses an algorithm.
    package convenience init(_ kinds: Set<Kind>) throws(ChecksumError) { try self.init(kinds, with: .current) }

    init(_ kinds: Set<Kind>, with sets: InstructionSets) throws(ChecksumError) {
        var wholes: [StreamDigest] = []
        var parted: [(kind: Kind, digest: PartedDigest)] = []
        for kind in kinds {
            switch kind {
            case .whole(let algorithm): wholes.append(try StreamDigest(algorithm, with: sets))
            case .parted(let algorithm, let division):
                parted.append((kind, try PartedDigest(algorithm, division, with: sets)))
            }
        }
        self.wholes = wholes
        self.parted = parted
    }

    /// How many sets `update(_:)` of a batch continues in hardly more time than a few; more than that bring nothing further.
    package static var usefulBatch: Int { InstructionSets.current.md5Lanes }

    /// Adds `bytes` at the end.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        try Self.update(CollectionOfOne((set: self, bytes: bytes)))
    }

    /// Adds `bytes` at the end.
    package func update(_ bytes: RawSpan) throws(ChecksumError) {
        try bytes.withUnsafeBytes { (buffer) throws(ChecksumError) in try self.update(buffer) }
    }

    /// Adds bytes at the end of each of several sets, much faster than one set after the other: MD5 costs a tenth of the
    /// time with 16 sets. Lengths may differ, but do best alike.
    ///
    /// The caller has all the sets to itself. A set that is named more than once gets its bytes in the given order. After
    /// an error none of the sets is of any use.
    package static func update(
        _ batch: some Collection<(set: DigestSet, bytes: UnsafeRawBufferPointer)>
    ) throws(ChecksumError) {
        var work = BlockWork()
        // Keeps the sets alive while `work` points into them.
        var waiting = Array(batch)
        while !waiting.isEmpty {
            var named: Set<ObjectIdentifier> = []
            for index in waiting.indices {
                let (set, bytes) = waiting[index]
                guard waiting.count == 1 || named.insert(ObjectIdentifier(set)).inserted else { continue }
                let slice = UnsafeRawBufferPointer(rebasing: bytes.prefix(set.sliceSize))
                try set.add(slice, to: &work)
                waiting[index].bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(slice.count))
            }
            work.run()
            waiting.removeAll { $0.bytes.isEmpty }
        }
    }

    /// How much of a chunk to take at once: what stays in the cache, and no more than the part it belongs to.
    private var sliceSize: Int {
        Int(self.parted.reduce(Int64(Self.largestSlice)) { min($0, $1.digest.roomInPart) })
    }

    private func add(_ slice: UnsafeRawBufferPointer, to work: inout BlockWork) throws(ChecksumError) {
        for digest in self.wholes { try digest.add(slice, to: &work) }
        for (_, digest) in self.parted { try digest.add(slice, to: &work) }
        self.byteCount += Int64(slice.count)
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
