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
        /// Bytes that must stay free on the archive's file system.
        package var reserve: Int64
        /// Nothing is fetched from there: a redirect to it means "log in".
        package var loginOrigin: Origin

        package init(
            requiresChecksum: Bool,
            checksStructure: Bool,
            retry: RetryPolicy,
            reserve: Int64,
            loginOrigin: Origin
        ) {
            self.requiresChecksum = requiresChecksum
            self.checksStructure = checksStructure
            self.retry = retry
            self.reserve = reserve
            self.loginOrigin = loginOrigin
        }
    }

    let engine: TransferEngine
    let project: ProjectDirectory
    let committer: Committer
    let budgets: ConnectionBudgets
    let pool: BufferPool
    let crew: DigestCrew
    let policy: Policy
    let boot: String
    let logger: Logger
    let traffic: Traffic
    let retries: RunRetries

    /// Archives one product, trying again as the retry policy has it.
    /// - Throws: `FilesystemError` that ends the run, `CancellationError`. Trouble of this product alone is an outcome.
    package func fetch(_ product: PlannedProduct) async throws -> FetchOutcome {
        let file = try await ProductAssembly.onWorker {
            try PartialFile(
                path: self.project.partial(for: product),
                url: product.url,
                target: product.path,
                boot: self.boot
            )
        }
        let assembly = ProductAssembly(
            file: file,
            pool: self.pool,
            crew: self.crew,
            boot: self.boot,
            reserve: self.policy.reserve
        )
        var tally = FetchTally()
        var earlier: [String] = []
        var retries = ProductRetries(self.policy.retry, run: self.retries)
        while true {
            tally.attempts += 1
            let before = tally.received
            do {
                let entry = try await self.attempt(product, assembly, &tally, corruptBefore: earlier)
                self.retries.succeed()
                return FetchOutcome(product: product, result: .archived(entry), tally: tally)
            } catch let failure as FetchFailure {
                if let digest = failure.digest { earlier.append(digest) }
                if failure.discardsStaged { try await assembly.onLane { try assembly.discard() } }
                let hasProgressed = tally.received - before > Int64(PartialFile.chunkSize) && file.resumable != nil
                guard
                    let pause = retries.pause(
                        after: failure,
                        hasProgressed: hasProgressed,
                        random: .random(in: 0..<1)
                    )
                else {
                    if failure.discardsStaged { try await assembly.onLane { try file.remove() } }
                    return FetchOutcome(product: product, result: .failed(failure), tally: tally)
                }
                self.logger.info(
                    "trying again",
                    metadata: ["file": "\(product.file)", "reason": "\(failure)", "pause": "\(pause)"]
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
                try? await assembly.onLane { try file.checkpoint() }
                throw error
            }
        }
    }

    private func attempt(
        _ product: PlannedProduct,
        _ assembly: ProductAssembly,
        _ tally: inout FetchTally,
        corruptBefore: [String]
    ) async throws -> ManifestEntry {
        let requester = ObjectRequester(
            url: product.url,
            engine: self.engine,
            loginOrigin: self.policy.loginOrigin
        )
        let download = ObjectDownload(
            requester: requester,
            assembly: assembly,
            pool: self.pool,
            budget: try self.budget(of: product),
            traffic: self.traffic
        )
        do {
            try await download.run()
        } catch {
            tally.add(download)
            throw error
        }
        tally.add(download)
        let proven = try await self.prove(product, assembly, corruptBefore: corruptBefore)
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
        try await self.committer.commit(StagedProduct(entry: entry, file: assembly.file))
        return entry
    }

    private func budget(of product: PlannedProduct) throws -> ConnectionBudget {
        do {
            return self.budgets.budget(for: try HTTPURL(product.url).origin)
        } catch {
            throw FetchFailure(.permanent, "its URL \(error.advice)")
        }
    }

    private struct Proven {
        var size: Int64
        var sha256: String
        var etag: String?
        var proof: Proof
    }

    private func prove(
        _ product: PlannedProduct,
        _ assembly: ProductAssembly,
        corruptBefore: [String]
    ) async throws -> Proven {
        guard let assembled = try await assembly.finish() else {
            throw FetchFailure(.transient(retryAfter: nil), "nothing was received")
        }
        let size = assembled.digests.byteCount
        if let announced = assembled.announced, announced != size {
            throw FetchFailure(.transient(retryAfter: nil), "\(size) bytes came, \(announced) were announced")
        }
        let judge = ProofJudge(assembled: assembled, assembly: assembly) {
            try await PartSizeQuestion(url: product.url, engine: self.engine).ask()
        }
        let (proof, sha256) = try await judge.proof(corruptBefore: corruptBefore)
        if proof == .lengthOnly, assembled.announced == nil {
            throw FetchFailure(
                .unverifiable,
                "the service gives neither a length nor a digest, so a cut-off file could not be told from a whole one"
            )
        }
        if proof == .lengthOnly, self.policy.requiresChecksum {
            throw FetchFailure(.unverifiable, "the service gives no usable digest, and a checksum is required")
        }
        if self.policy.checksStructure {
            try await self.checkStructure(product, assembly, size: size, isProven: proof != .lengthOnly)
        }
        return Proven(size: size, sha256: sha256, etag: assembled.evidence.etag, proof: proof)
    }

    private func checkStructure(
        _ product: PlannedProduct,
        _ assembly: ProductAssembly,
        size: Int64,
        isProven: Bool
    ) async throws {
        let structure = try await assembly.onLane {
            try FileStructure.check(
                descriptor: assembly.file.readableDescriptor,
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
