import Checksums
import CurlTransfer
import FoundationEssentials
import Logging

/// Brings one product after the other through transfer, proof and commit. One value for all products of a run.
package struct ProductFetcher: Sendable {
    /// What is asked of every product of a run.
    package struct Policy: Sendable {
        /// Refuse a product for which the service gives no usable digest.
        package var requiresChecksum: Bool
        /// Refuse a file that cannot be read as what its name says.
        package var checksStructure: Bool
        package var retry: RetryPolicy

        package init(requiresChecksum: Bool, checksStructure: Bool, retry: RetryPolicy) {
            self.requiresChecksum = requiresChecksum
            self.checksStructure = checksStructure
            self.retry = retry
        }
    }

    let services: DownloadServices
    let project: ProjectDirectory
    let committer: Committer
    let policy: Policy
    let logger: Logger
    let retries: RunRetries

    /// Archives one product, trying again as the retry policy has it.
    /// - Throws: `FilesystemError` that ends the run, `CancellationError`. Trouble of this product alone is an outcome.
    package func fetch(_ product: PlannedProduct) async throws -> FetchOutcome {
        let download: Download
        let file = try await Lane.run {
            try PartialFile(
                path: self.project.partial(for: product),
                url: product.url,
                target: product.path,
                boot: self.services.boot
            )
        }
        do {
            download = try Download(
                url: product.url,
                into: file,
                expecting: product.expectation,
                services: self.services
            )
        } catch let failure as FetchFailure {
            return FetchOutcome(product: product, result: .failed(failure), tally: FetchTally())
        }
        var tally = FetchTally()
        var earlier: [String] = []
        var retries = ProductRetries(self.policy.retry, run: self.retries)
        while true {
            tally.attempts += 1
            let before = tally.received
            do {
                let entry = try await self.attempt(product, download, &tally, corruptBefore: earlier)
                self.retries.succeed()
                return FetchOutcome(product: product, result: .archived(entry), tally: tally)
            } catch let failure as FetchFailure {
                if let digest = failure.digest { earlier.append(digest) }
                if failure.discardsStaged { try await download.discard() }
                let hasProgressed = tally.received - before > Int64(PartialFile.chunkSize) && file.resumable != nil
                guard
                    let pause = retries.pause(
                        after: failure,
                        hasProgressed: hasProgressed,
                        random: .random(in: 0..<1)
                    )
                else {
                    if failure.discardsStaged { try await download.onLane { try file.remove() } }
                    return FetchOutcome(product: product, result: .failed(failure), tally: tally)
                }
                self.logger.info(
                    "trying again",
                    metadata: [
                        "file": "\(product.file)", "reason": "\(failure)", "pause": "\(DurationText.short(pause))",
                    ]
                )
                try await Task.sleep(for: pause)
            } catch let error as FilesystemError where error.concernsOneName {
                return FetchOutcome(
                    product: product,
                    result: .failed(FetchFailure(.permanent, "\(error)")),
                    tally: tally
                )
            } catch {
                // What has come so far is worth keeping; if even this fails, the first error is the one to tell.
                try? await download.onLane { try file.checkpoint() }
                throw error
            }
        }
    }

    private func attempt(
        _ product: PlannedProduct,
        _ download: Download,
        _ tally: inout FetchTally,
        corruptBefore: [String]
    ) async throws -> ManifestEntry {
        let attempt = await download.attempt()
        tally.add(attempt)
        let proven = try await self.prove(product, download, try attempt.result.get(), corruptBefore: corruptBefore)
        let entry = ManifestEntry(
            path: product.path,
            size: proven.size,
            sha256: proven.sha256,
            url: product.url,
            etag: proven.etag,
            proof: proven.proof,
            job: product.job,
            archived: .now
        )
        tally.proof = proven.proof
        try await self.committer.commit(StagedProduct(entry: entry, file: download.file))
        return entry
    }

    private struct Proven {
        var size: Int64
        var sha256: String
        var etag: String?
        var proof: Proof
    }

    private func prove(
        _ product: PlannedProduct,
        _ download: Download,
        _ assembled: Assembled,
        corruptBefore: [String]
    ) async throws -> Proven {
        let size = assembled.digests.byteCount
        if let announced = assembled.announced, announced != size {
            throw FetchFailure(.transient(retryAfter: nil), "\(size) bytes came, \(announced) were announced")
        }
        let judge = ProofJudge(assembled: assembled, digestAgain: download.digestAgain) {
            try await PartSizeQuestion(url: product.url, engine: self.services.engine).ask()
        }
        let (proof, sha256) = try await judge.proof(corruptBefore: corruptBefore)
        if proof == .lengthOnly { try self.requireLength(size, of: product, assembled) }
        if proof == .lengthOnly, self.policy.requiresChecksum {
            throw FetchFailure(.unverifiable, "the service gives no usable digest, and a checksum is required")
        }
        if self.policy.checksStructure {
            try await self.checkStructure(product, download, size: size, isProven: proof != .lengthOnly)
        }
        return Proven(size: size, sha256: sha256, etag: assembled.evidence.etag, proof: proof)
    }

    /// Where no digest proves the bytes, all that is known of their number must agree.
    private func requireLength(_ size: Int64, of product: PlannedProduct, _ assembled: Assembled) throws {
        let stated = product.expectation.stated
        if assembled.announced == nil, stated == nil {
            throw FetchFailure(
                .unverifiable,
                "the service gives neither a length nor a digest, so a cut-off file could not be told from a whole one"
            )
        }
        if let stated, stated != size {
            throw FetchFailure(
                .unverifiable,
                "\(size) bytes came, HyP3 names \(stated), and the service gives no digest that would prove either"
            )
        }
        if let doubt = assembled.doubt {
            throw FetchFailure(.unverifiable, "\(doubt), and the service gives no digest that would prove it")
        }
    }

    private func checkStructure(
        _ product: PlannedProduct,
        _ download: Download,
        size: Int64,
        isProven: Bool
    ) async throws {
        let structure = try await download.onLane {
            try FileStructure.check(
                descriptor: download.file.readableDescriptor,
                length: size,
                name: product.file
            )
        }
        guard case .damaged(let reason) = structure else { return }
        throw isProven
            ? FetchFailure(.damagedUpstream, "the service's digest is right, but \(reason)")
            : FetchFailure(.corrupt, reason)
    }
}

extension PlannedProduct {
    /// What is known of its object before it is asked for.
    fileprivate var expectation: ObjectExpectation {
        ObjectExpectation(
            name: self.file,
            listed: self.listed.map { .init(size: $0.size, etag: $0.etag) },
            stated: self.job.files.first { $0.url == self.url }?.size
        )
    }
}
