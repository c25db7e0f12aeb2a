import Checksums
import CurlTransfer
import FoundationEssentials
import Logging
import SystemPackage

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
    let pace: Pace
    let logger: Logger
    let retries: RunRetries
    let hosts: ProductHosts
    let judge: AbsenceJudge

    /// Gives a product its part of the disk, which `fetch` gives back.
    ///
    /// - Parameter size: its bytes, where an earlier try has learned them.
    /// - Throws: `NoRoom`, `FilesystemError` that ends the run.
    func claimRoom(for product: Product, size: Int64?) async throws -> StagingRoom.Claim {
        try await self.services.room.claim(
            try self.project.staged(for: product),
            product.urgency,
            target: self.project.path(of: product.path),
            size: size ?? product.listed?.size
        )
    }

    /// Archives one product, trying again as the retry policy has it, and resting while its host gives nothing.
    /// - Throws: `FilesystemError` that ends the run, `CancellationError`. Trouble of this product alone is an outcome.
    func fetch(_ product: Product, in room: StagingRoom.Claim) async throws -> FetchOutcome {
        var isStaged = true
        self.committer.enter()
        defer {
            self.committer.leave()
            room.giveBack(isStaged: isStaged)
        }
        let outcome = try await self.outcome(of: product, in: room)
        if case .archived = outcome.result { isStaged = false }
        return outcome
    }

    private func outcome(of product: Product, in room: StagingRoom.Claim) async throws -> FetchOutcome {
        let origin: Origin
        do {
            origin = try HTTPURL(product.url).origin
        } catch {
            let failure = FetchFailure(.permanent, "its URL \(error.advice)")
            return FetchOutcome(product: product, result: .failed(failure), tally: FetchTally())
        }
        guard !self.hosts.isDown(origin) else {
            return FetchOutcome(product: product, result: .left(.host), tally: FetchTally())
        }
        var hasBegunAgain = false
        while true {
            do {
                return try await self.fetchStaged(product, at: origin, in: room)
            } catch let error as FilesystemError {
                let project = self.project
                if error.isShortage, error.path.hasPrefix(project.staging + "/") {
                    let noRoom = try await Lane.run { room.noRoom(after: error) }
                    return FetchOutcome(product: product, result: .left(.room(noRoom)), tally: FetchTally())
                }
                guard try await Lane.run({ project.isOfOneProduct(error) }) else { throw error }
                // Somebody swept the staged file, or the directory it was to go to: both are made anew.
                if error.errno == .noSuchFileOrDirectory, !hasBegunAgain {
                    hasBegunAgain = true
                    continue
                }
                let failure = FetchFailure(.permanent, "\(error)")
                return FetchOutcome(product: product, result: .failed(failure), tally: FetchTally())
            }
        }
    }

    private func fetchStaged(
        _ product: Product,
        at origin: Origin,
        in room: StagingRoom.Claim
    ) async throws -> FetchOutcome {
        let download: Download
        let file = try await Lane.run {
            let file = try StagedFile(
                path: self.project.staged(for: product),
                url: product.url,
                target: product.path,
                boot: self.services.boot
            )
            if file.resumable == nil { room.dropped() }
            return file
        }
        do {
            download = try Download(
                product.file,
                url: product.url,
                into: file,
                expecting: product.expectation,
                services: self.services,
                in: room
            )
        } catch let failure as FetchFailure {
            return FetchOutcome(product: product, result: .failed(failure), tally: FetchTally())
        }
        var tally = FetchTally()
        let result: FetchOutcome.Result
        do {
            result = try await self.result(of: product, at: origin, download, in: room, &tally)
        } catch let error as NoRoom {
            try await download.onLane {
                // What cannot be gone on with would only hold the disk.
                guard file.resumable == nil else { return try file.keep() }
                try file.remove()
                room.dropped()
            }
            result = .left(.room(error))
        } catch {
            // What has come so far is worth keeping; if even this fails, the first error is the one to tell.
            try? await download.onLane { try file.keep() }
            throw error
        }
        return FetchOutcome(product: product, result: result, tally: tally)
    }

    private func result(
        of product: Product,
        at origin: Origin,
        _ download: Download,
        in room: StagingRoom.Claim,
        _ tally: inout FetchTally
    ) async throws -> FetchOutcome.Result {
        let file = download.file
        var earlier: [String] = []
        var retries = ProductRetries(self.policy.retry, run: self.retries, at: origin)
        var hasFailed = false
        while true {
            guard let pass = try await self.hosts.admit(origin) else { return .left(.host) }
            tally.attempts += 1
            let before = tally.received
            let failure: FetchFailure
            do {
                let entry = try await self.attempt(
                    product,
                    at: origin,
                    download,
                    in: room,
                    &tally,
                    corruptBefore: earlier
                )
                self.hosts.answered(origin, pass)
                self.retries.succeed(at: origin)
                return .archived(entry)
            } catch let error as FetchFailure {
                do {
                    failure = try await self.judge.verdict(on: error, of: product, at: origin)
                } catch {
                    self.hosts.ended(origin, pass)
                    throw error
                }
            } catch {
                self.hosts.ended(origin, pass)
                throw error
            }
            if let digest = failure.digest { earlier.append(digest) }
            if failure.discardsStaged { try await download.discard() }
            let hasProgressed = tally.received - before > Int64(StagedFile.chunkSize) && file.resumable != nil
            // It is the host's trouble, and costs the product none of its attempts.
            if self.isTroubled(origin, failure, pass, hasProgressed: hasProgressed, isRepeated: hasFailed) { continue }
            hasFailed = !hasProgressed
            guard let pause = retries.pause(after: failure, hasProgressed: hasProgressed, random: self.pace.random())
            else {
                if failure.discardsStaged { try await download.onLane { try file.remove() } }
                return .failed(failure)
            }
            self.logger.info(
                "trying again",
                metadata: [
                    "file": "\(product.file)", "reason": "\(failure)", "pause": "\(DurationText.short(pause))",
                ]
            )
            try await self.pace.sleep(pause)
        }
    }

    /// Takes down what an attempt told of the host.
    ///
    /// - Returns: whether the host is not to be asked for now, and the failure is no word on the product.
    private func isTroubled(
        _ origin: Origin,
        _ failure: FetchFailure,
        _ pass: ProductHosts.Pass,
        hasProgressed: Bool,
        isRepeated: Bool
    ) -> Bool {
        switch failure.kind {
        case .corrupt, .changed, .absent, .damagedUpstream, .unverifiable:
            self.hosts.answered(origin, pass)
            return false
        case .expired:
            self.hosts.ended(origin, pass)
            return false
        case .missing where !failure.concernsHost, .refused where !failure.concernsHost,
            .permanent where failure.concernsObject:
            self.hosts.ended(origin, pass)
            return false
        case .transient where hasProgressed:
            self.hosts.answered(origin, pass)
            return false
        case .transient, .throttled:
            return self.hosts.failed(origin, failure, pass, isRepeated: isRepeated)
        case .missing, .refused, .permanent:
            let isResting = self.hosts.failed(origin, failure, pass, isRepeated: true)
            return isResting && failure.concernsHost
        }
    }

    private func attempt(
        _ product: Product,
        at origin: Origin,
        _ download: Download,
        in room: StagingRoom.Claim,
        _ tally: inout FetchTally,
        corruptBefore: [String]
    ) async throws -> ManifestEntry {
        defer { self.services.traffic.end(download.meter) }
        // What refused the bytes may sit on the way.
        let attempt = await download.attempt(overFreshConnections: !corruptBefore.isEmpty)
        tally.add(attempt)
        let assembled = try attempt.result.get()
        await self.judge.witnesses.note(cameOf: product.jobID, from: origin)
        let proven = try await self.prove(product, download, assembled, corruptBefore: corruptBefore)
        var entry = ManifestEntry(
            product,
            size: proven.size,
            sha256: proven.sha256,
            etag: proven.etag,
            proof: proven.proof,
            archived: self.pace.now()
        )
        entry.published = assembled.evidence.lastModified
        tally.proof = proven.proof
        let staged = StagedProduct(entry: entry, file: download.file) { try room.relieveRecords() }
        try await self.commit(staged, in: room)
        return entry
    }

    /// Commits; what expires later makes room where the records find none.
    private func commit(_ product: StagedProduct, in room: StagingRoom.Claim) async throws {
        while true {
            do {
                return try await self.committer.commit(product)
            } catch let refusal as NoNameGiven {
                try await Lane.run {
                    guard try room.relieve() else { throw room.noRoom(after: refusal.error) }
                }
            }
        }
    }

    private struct Proven {
        var size: Int64
        var sha256: String
        var etag: String?
        var proof: Proof
    }

    private func prove(
        _ product: Product,
        _ download: Download,
        _ assembled: Assembled,
        corruptBefore: [String]
    ) async throws -> Proven {
        let size = assembled.digests.byteCount
        if let announced = assembled.announced, announced != size {
            throw FetchFailure(.transient(retryAfter: nil), "\(size) bytes came, \(announced) were announced")
        }
        let judge = ProofJudge(
            assembled: assembled,
            digestAgain: download.digestAgain,
            question: PartQuestion(url: product.url, client: self.services.engine, clock: self.services.clock)
        )
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
    private func requireLength(_ size: Int64, of product: Product, _ assembled: Assembled) throws {
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
        _ product: Product,
        _ download: Download,
        size: Int64,
        isProven: Bool
    ) async throws {
        let structure = try await download.onLane {
            try download.file.structure(length: size, name: product.file)
        }
        guard case .damaged(let reason) = structure else { return }
        throw isProven
            ? FetchFailure(.damagedUpstream, "the service's digest is right, but \(reason)")
            : FetchFailure(.corrupt, reason)
    }
}
