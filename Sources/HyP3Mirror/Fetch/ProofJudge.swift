import Checksums

/// Climbs the proof ladder for one complete object: compares, digests once more where the parts' size was guessed wrong,
/// asks the service where no usual size fits.
struct ProofJudge {
    let assembled: Assembled
    /// Digests the staged bytes once more.
    let digestAgain: (Set<DigestSet.Kind>) async throws -> DigestSet.Results
    /// The bytes of the service's first part; nil where it does not say.
    let partSize: () async throws -> Int64?

    /// The check that passed, and the SHA-256 of the bytes.
    /// - Parameter corruptBefore: SHA-256 of earlier attempts that no digest matched. Where the digest is one over parts of
    ///   a size that nobody knows, the same bytes twice mean that it cannot be used, not that they are wrong.
    /// - Throws: `FetchFailure` of kind `.corrupt`.
    func proof(corruptBefore: [String]) async throws -> (Proof, sha256: String) {
        let size = self.assembled.digests.byteCount
        let plan = ProofPlan(self.assembled.evidence, total: size)
        var digests = self.assembled.digests
        if self.assembled.announced != size { digests = try await self.digest(plan.kinds) }
        guard let sha256 = digests.whole(.sha256)?.hex else {
            throw FetchFailure(.transient(retryAfter: nil), "no digest was computed")
        }
        switch plan.verdict(digests) {
        case .proven(let proof):
            return (proof, sha256)
        case .unverifiable:
            return (.lengthOnly, sha256)
        case .contradicted(let reason):
            throw FetchFailure(.corrupt, reason, digest: sha256)
        case .otherPartSizes(let sizes):
            for partSize in sizes {
                if let proof = try await self.proof(plan, partSize: partSize) { return (proof, sha256) }
            }
            if let partSize = try await self.partSize(), partSize > 0 {
                if let proof = try await self.proof(plan, partSize: partSize) { return (proof, sha256) }
                throw FetchFailure(
                    .corrupt,
                    "the service's digest of \(partSize)-byte parts does not fit the bytes",
                    digest: sha256
                )
            }
            if corruptBefore.contains(sha256) { return (.lengthOnly, sha256) }
            throw FetchFailure(.corrupt, "the service's digest fits the bytes with no usual part size", digest: sha256)
        }
    }

    private func proof(_ plan: ProofPlan, partSize: Int64) async throws -> Proof? {
        guard case .parts(let expected, _, _, let isETag) = plan.rung else { return nil }
        let digests = try await self.digest([.parted(expected.algorithm, partSize: partSize)])
        guard digests.parted(expected.algorithm, partSize: partSize)?.digest == expected else { return nil }
        return isETag ? .multipartETag(partSize: partSize) : .composite(expected.algorithm, partSize: partSize)
    }

    private func digest(_ kinds: Set<DigestSet.Kind>) async throws -> DigestSet.Results {
        try await self.digestAgain(kinds)
    }
}
