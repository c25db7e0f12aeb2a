import Checksums

/// Climbs the proof ladder for one complete object: compares, digests once more where the parts' size was guessed wrong,
/// asks the service where no size fits.
struct ProofJudge {
    let assembled: Assembled
    /// Digests the staged bytes once more, for kinds that were not thought of before.
    let digestAgain: (Set<DigestSet.Kind>) async throws -> DigestSet.Results
    let question: PartQuestion

    /// The check that passed, and the SHA-256 of the bytes.
    /// - Parameter corruptBefore: SHA-256 of earlier attempts that no digest matched. Where the digest is one over parts that
    ///   nobody can tell, the same bytes over another connection mean that it cannot be used, not that they are wrong.
    /// - Throws: `FetchFailure`, of kind `.corrupt` where the bytes are contradicted, or are to be fetched once more.
    func proof(corruptBefore: [String]) async throws -> (Proof, sha256: String) {
        let size = self.assembled.digests.byteCount
        let plan = ProofPlan(self.assembled.evidence, total: size)
        var digests = self.assembled.digests
        if self.assembled.announced != size { digests = try await self.digestAgain(plan.kinds) }
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
            // All in one pass over the staged bytes, side by side.
            if let proof = try await self.proof(plan, sizes.map { .equal($0) }) { return (proof, sha256) }
            if let proof = try await self.proofOverToldParts(plan, total: size, sha256: sha256) {
                return (proof, sha256)
            }
            if !corruptBefore.isEmpty, corruptBefore.allSatisfy({ $0 == sha256 }) { return (.lengthOnly, sha256) }
            throw FetchFailure(.corrupt, "the service's digest fits the bytes with no size of parts", digest: sha256)
        }
    }

    private func proof(_ plan: ProofPlan, _ divisions: [PartDivision]) async throws -> Proof? {
        guard case .parts(let expected, _, _, _) = plan.rung, !divisions.isEmpty else { return nil }
        let kinds = Set(divisions.map { DigestSet.Kind.parted(expected.algorithm, $0) })
        return plan.proof(try await self.digestAgain(kinds), divisions)
    }

    /// The proof over the parts that the service tells; nil where it does not tell them.
    private func proofOverToldParts(_ plan: ProofPlan, total: Int64, sha256: String) async throws -> Proof? {
        guard case .parts(_, let count, let tried, _) = plan.rung else { return nil }
        let etag = self.assembled.evidence.etag
        guard let first = try await self.question.part(1, of: etag), first.count == count ?? first.count else {
            return nil
        }
        if first.length > 0, PartSize.parts(of: total, size: first.length) == first.count,
            !tried.contains(first.length), let proof = try await self.proof(plan, [.equal(first.length)])
        {
            return proof
        }
        guard let lengths = try await self.question.lengths(total: total, first: first, of: etag) else { return nil }
        if let proof = try await self.proof(plan, [.lengths(lengths)]) { return proof }
        throw FetchFailure(
            .corrupt,
            "the service's digest does not fit the bytes, cut into the \(first.count) parts it tells",
            digest: sha256
        )
    }
}
