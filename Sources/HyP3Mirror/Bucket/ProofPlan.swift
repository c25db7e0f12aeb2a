package import Checksums

/// How one object is going to be proven: chosen from what the service says of it, before its bytes are read.
///
/// The order is the contract's: full-object checksum, multipart ETag, plain MD5 ETag, composite checksum, length. One rung
/// is enough, the first that the service offers and this machine can compute; so a cheap CRC spares the MD5 of the whole
/// stream. SHA-256 is always computed, for the manifest.
package struct ProofPlan: Sendable, Hashable {
    /// The rung of the ladder that will be tried.
    package enum Rung: Sendable, Hashable {
        /// `x-amz-checksum-*` of all bytes.
        case fullObject(Digest)
        /// Digest of part digests: a multipart ETag, or a composite `x-amz-checksum-*`. The number of parts is nil where the
        /// service does not say it; part sizes, likeliest first.
        case parts(Digest, count: Int?, partSizes: [Int64], isETag: Bool)
        /// MD5 of all bytes, from the ETag.
        case md5(Digest)
        /// The service gives no usable digest.
        case length

        /// The service's own digest.
        fileprivate var digest: Digest? {
            switch self {
            case .fullObject(let digest), .md5(let digest), .parts(let digest, _, _, _): digest
            case .length: nil
            }
        }
    }

    package let rung: Rung

    /// - Parameters:
    ///   - total: bytes of the object; negative if not known.
    ///   - isAvailable: whether this machine can compute a digest. Where it can compute none of those offered, the first is
    ///     planned all the same: computing it tells why not.
    package init(
        _ evidence: ServiceEvidence,
        total: Int64,
        isAvailable: (DigestAlgorithm) -> Bool = { $0.isAvailable }
    ) {
        let offered = Self.rungs(evidence, total: total)
        let usable = offered.first { rung in rung.digest.map { isAvailable($0.algorithm) } ?? false }
        self.rung = usable ?? offered.first ?? .length
    }

    private static func rungs(_ evidence: ServiceEvidence, total: Int64) -> [Rung] {
        let checksums = evidence.checksums.compactMap { algorithm, value in
            ObjectChecksum(header: "x-amz-checksum-\(algorithm)", value: value, type: evidence.checksumType)
        }
        // Of several the one that misses least.
        let strongest = checksums.sorted {
            ($0.digest.bytes.count, $0.algorithm.rawValue) > ($1.digest.bytes.count, $1.algorithm.rawValue)
        }
        var rungs: [Rung] = []
        for checksum in strongest {
            if case .fullObject(let digest) = checksum { rungs.append(.fullObject(digest)) }
        }
        let tag = evidence.etag.flatMap { EntityTag($0) }
        let form = tag?.form(
            serverSideEncryption: evidence.encryption,
            customerAlgorithm: evidence.hasCustomerKey ? "AES256" : nil
        )
        switch form {
        case .multipart(let composite):
            rungs.append(Self.parts(composite.digest, count: composite.parts, total: total, isETag: true))
        case .md5(let digest):
            rungs.append(.md5(digest))
        case .opaque, nil:
            break
        }
        for checksum in strongest {
            guard case .composite(let digest, let parts) = checksum else { continue }
            rungs.append(Self.parts(digest, count: parts, total: total, isETag: false))
        }
        return rungs
    }

    private static func parts(_ digest: Digest, count: Int?, total: Int64, isETag: Bool) -> Rung {
        .parts(digest, count: count, partSizes: PartSize.candidates(total: total, parts: count), isETag: isETag)
    }

    /// What to compute while the bytes pass.
    package var kinds: Set<DigestSet.Kind> {
        var kinds: Set<DigestSet.Kind> = [.whole(.sha256)]
        switch self.rung {
        case .fullObject(let digest), .md5(let digest): kinds.insert(.whole(digest.algorithm))
        case .parts(let digest, _, let partSizes, _):
            if let size = partSizes.first { kinds.insert(.parted(digest.algorithm, .equal(size))) }
        case .length: break
        }
        return kinds
    }

    /// What the computed digests say.
    package enum Verdict: Sendable, Hashable {
        case proven(Proof)
        /// The service's own digest contradicts the bytes.
        case contradicted(String)
        /// A digest over parts of unknown size; these sizes are worth trying before the service is asked.
        case otherPartSizes([Int64])
        /// The service gives no usable digest.
        case unverifiable
    }

    package func verdict(_ results: DigestSet.Results) -> Verdict {
        switch self.rung {
        case .fullObject(let expected):
            return self.compare(expected, results.whole(expected.algorithm), .fullObject(expected.algorithm))
        case .md5(let expected):
            return self.compare(expected, results.whole(expected.algorithm), .md5ETag)
        case .parts(let expected, let count, let partSizes, _):
            guard let size = partSizes.first else { return .otherPartSizes([]) }
            if let proof = self.proof(results, [.equal(size)]) { return .proven(proof) }
            guard count != 1 else {
                // One part is the whole object, whatever its size: there is nothing else to try.
                let actual = results.parted(expected.algorithm, .equal(size))?.digest
                return self.compare(expected, actual, .multipartETag(.equal(size)))
            }
            return .otherPartSizes(Array(partSizes.dropFirst()))
        case .length:
            return .unverifiable
        }
    }

    /// The proof over the first of these divisions into parts whose digest is the service's; nil if there is none.
    package func proof(_ results: DigestSet.Results, _ divisions: [PartDivision]) -> Proof? {
        guard case .parts(let expected, _, _, let isETag) = self.rung else { return nil }
        let division = divisions.first { results.parted(expected.algorithm, $0)?.digest == expected }
        return division.map { isETag ? .multipartETag($0) : .composite(expected.algorithm, $0) }
    }

    private func compare(_ expected: Digest, _ actual: Digest?, _ proof: Proof) -> Verdict {
        guard let actual else { return .unverifiable }
        if actual == expected { return .proven(proof) }
        return .contradicted("the service says \(expected), the bytes have \(actual.hex)")
    }
}
