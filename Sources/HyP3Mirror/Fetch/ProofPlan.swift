package import Checksums

/// How one object is going to be proven: chosen from what the service says of it, before its bytes are read.
///
/// The order is the contract's: full-object checksum, multipart ETag, plain MD5 ETag, composite checksum, length. One rung
/// is enough, the first that the service offers; so a cheap CRC spares the MD5 of the whole stream. SHA-256 is always
/// computed, for the manifest.
package struct ProofPlan: Sendable, Hashable {
    /// The rung of the ladder that will be tried.
    package enum Rung: Sendable, Hashable {
        /// `x-amz-checksum-*` of all bytes.
        case fullObject(Digest)
        /// Digest of part digests: a multipart ETag, or a composite `x-amz-checksum-*`. Part sizes, likeliest first.
        case parts(Digest, count: Int, partSizes: [Int64], isETag: Bool)
        /// MD5 of all bytes, from the ETag.
        case md5(Digest)
        /// The service gives no usable digest.
        case length
    }

    package let rung: Rung

    package init(_ evidence: ServiceEvidence, total: Int64) {
        self.rung = Self.rung(evidence, total: total)
    }

    private static func rung(_ evidence: ServiceEvidence, total: Int64) -> Rung {
        let checksums = evidence.checksums.compactMap { algorithm, value in
            ObjectChecksum(header: "x-amz-checksum-\(algorithm)", value: value, type: evidence.checksumType)
        }
        let full = checksums.filter { if case .fullObject = $0 { true } else { false } }
        if let strongest = full.max(by: { $0.strength < $1.strength }) { return .fullObject(strongest.digest) }

        let tag = evidence.etag.flatMap { EntityTag($0) }
        let form = tag?.form(
            serverSideEncryption: evidence.encryption,
            customerAlgorithm: evidence.hasCustomerKey ? "AES256" : nil
        )
        switch form {
        case .multipart(let composite):
            let sizes = PartSize.candidatePartSizes(total: total, parts: composite.parts)
            return .parts(composite.digest, count: composite.parts, partSizes: sizes, isETag: true)
        case .md5(let digest):
            return .md5(digest)
        case .opaque, nil:
            break
        }
        let composite = checksums.compactMap { checksum -> (Digest, Int)? in
            guard case .composite(let digest, let parts) = checksum else { return nil }
            let count = parts ?? Int(exactly: PartSize.parts(of: total, size: PartSize.usual)) ?? 1
            return (digest, count)
        }
        if let (digest, count) = composite.max(by: { $0.0.bytes.count < $1.0.bytes.count }) {
            let sizes = PartSize.candidatePartSizes(total: total, parts: count)
            return .parts(digest, count: count, partSizes: sizes, isETag: false)
        }
        return .length
    }

    /// What to compute while the bytes pass.
    package var kinds: Set<DigestSet.Kind> {
        var kinds: Set<DigestSet.Kind> = [.whole(.sha256)]
        switch self.rung {
        case .fullObject(let digest), .md5(let digest): kinds.insert(.whole(digest.algorithm))
        case .parts(let digest, _, let partSizes, _):
            if let size = partSizes.first { kinds.insert(.parted(digest.algorithm, partSize: size)) }
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
            return self.compare(expected, results, .fullObject(expected.algorithm))
        case .md5(let expected):
            return self.compare(expected, results, .md5ETag)
        case .parts(let expected, _, let partSizes, let isETag):
            guard let size = partSizes.first else { return .otherPartSizes([]) }
            if results.parted(expected.algorithm, partSize: size)?.digest == expected {
                return .proven(isETag ? .multipartETag(partSize: size) : .composite(expected.algorithm, partSize: size))
            }
            return .otherPartSizes(Array(partSizes.dropFirst()))
        case .length:
            return .unverifiable
        }
    }

    private func compare(_ expected: Digest, _ results: DigestSet.Results, _ proof: Proof) -> Verdict {
        guard let actual = results.whole(expected.algorithm) else { return .unverifiable }
        if actual == expected { return .proven(proof) }
        return .contradicted("the service says \(expected), the bytes have \(actual.hex)")
    }
}

/// The check that proved a product; its text stands in manifest and report.
package enum Proof: Sendable, Hashable, CustomStringConvertible {
    case fullObject(DigestAlgorithm)
    case multipartETag(partSize: Int64)
    case md5ETag
    case composite(DigestAlgorithm, partSize: Int64)
    /// No digest of the service to compare with: exact length and sound structure only.
    case lengthOnly

    package var description: String {
        switch self {
        case .fullObject(let algorithm): "checksum-\(algorithm.rawValue)"
        case .multipartETag(let partSize): "multipart-etag-\(partSize)"
        case .md5ETag: "md5-etag"
        case .composite(let algorithm, let partSize): "composite-\(algorithm.rawValue)-\(partSize)"
        case .lengthOnly: "length"
        }
    }

    /// Short name without part sizes, to count by.
    package var kind: String {
        switch self {
        case .multipartETag: "multipart-etag"
        case .composite(let algorithm, _): "composite-\(algorithm.rawValue)"
        default: self.description
        }
    }
}

extension ObjectChecksum {
    /// Which of several full-object checksums to use: the one that misses least.
    fileprivate var strength: Int { self.digest.bytes.count }
}
