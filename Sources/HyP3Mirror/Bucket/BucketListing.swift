package import CurlTransfer
import FoundationEssentials

/// Asks buckets what lies beside the products of a job (`ListObjectsV2`), anonymously: no credential ever goes there.
///
/// What a bucket refuses it is not asked again in the run. Buckets are asked side by side, but each by one question
/// alone until it has answered one, so that a refusal costs one request.
package actor BucketListing {
    /// What is known of the objects whose keys begin with a prefix.
    package enum Answer: Sendable, Hashable {
        /// All of them, by the part of the key after the prefix's last slash; objects in directories below it are left out.
        case objects([ByteName: ListedObject])
        /// The bucket cannot be listed, by its own word.
        case refused(reason: String)
        /// What answers in the bucket's place is none, or one that gives nothing to anybody, or nobody answers at all.
        case unavailable(reason: String)
        /// No whole answer came: nothing is known.
        case unknown(reason: String)
    }

    private enum Standing {
        case asked(waiting: [CheckedContinuation<Void, Never>])
        case listable
        /// Not to be asked again, and the answer to whoever wants to.
        case givenUp(Answer)
    }

    /// Pages of one prefix; a million objects are not one job's.
    private static let mostPages = 1000
    /// Questions in a row that a bucket may leave open before it is asked no more.
    private static let mostFailures = 3

    /// Bytes a second that a listing must come with at least, and the time for all pages of one prefix with their retries, so
    /// that what is optional holds nothing up for long.
    private static let leastRate = 300
    /// Bytes of an answer that are looked at for who gave it.
    private static let excerptLength = 4 << 10
    package static let timeLimit = Duration.seconds(120)

    private let client: any HTTPClient
    private let policy: RetryPolicy
    private let pace: Pace
    private let retries: RunRetries
    private let timeLimit: Duration
    private var standings: [HTTPURL: Standing] = [:]
    private var failures: [HTTPURL: Int] = [:]

    /// - Parameters:
    ///   - retries: what is left of the run's.
    ///   - timeLimit: for one prefix, with all its pages.
    package init(
        client: any HTTPClient,
        policy: RetryPolicy = RetryPolicy(),
        retries: RunRetries = RunRetries(),
        timeLimit: Duration = BucketListing.timeLimit,
        pace: Pace = .real
    ) {
        self.client = client
        self.policy = policy
        self.retries = retries
        self.timeLimit = timeLimit
        self.pace = pace
    }

    /// Lists the objects whose keys begin with that of `address`.
    /// - Throws: `CancellationError`
    package func objects(at address: BucketAddress) async throws -> Answer {
        let bucket = address.bucket
        while case .asked(let waiting) = self.standings[bucket] {
            await withCheckedContinuation { continuation in
                self.standings[bucket] = .asked(waiting: waiting + [continuation])
            }
        }
        if case .givenUp(let answer) = self.standings[bucket] { return answer }
        if case .listable = self.standings[bucket] {
            let answer = try await self.read(address)
            self.note(answer, of: bucket, standing: .listable)
            return answer
        }
        self.standings[bucket] = .asked(waiting: [])
        let answer: Answer
        do {
            answer = try await self.read(address)
        } catch {
            self.settle(bucket, nil)
            throw error
        }
        self.note(answer, of: bucket, standing: nil)
        return answer
    }

    private func note(_ answer: Answer, of bucket: HTTPURL, standing: Standing?) {
        switch answer {
        case .objects:
            self.failures[bucket] = 0
            self.settle(bucket, .listable)
        case .refused, .unavailable:
            self.settle(bucket, .givenUp(answer))
        case .unknown(let reason):
            self.failures[bucket, default: 0] += 1
            let isGivenUp = self.failures[bucket, default: 0] >= Self.mostFailures
            self.settle(bucket, isGivenUp ? .givenUp(.unavailable(reason: reason)) : standing)
        }
    }

    private func settle(_ bucket: HTTPURL, _ standing: Standing?) {
        let before = self.standings[bucket]
        self.standings[bucket] = standing
        if case .asked(let waiting) = before { for continuation in waiting { continuation.resume() } }
    }

    private func read(_ address: BucketAddress) async throws -> Answer {
        let prefix = address.key
        let directoryLength = address.directory.utf8.count
        var objects: [ByteName: ListedObject] = [:]
        var token: String?
        let deadline = self.pace.elapsed() + self.timeLimit
        for number in 0..<Self.mostPages {
            let page: ListingPage
            switch try await self.page(address.listing(prefix: prefix, token: token), until: deadline) {
            case .page(let read): page = read
            case .refused(let reason):
                // A bucket that has listed one page may list; the next just did not come.
                return number == 0 ? .refused(reason: reason) : .unknown(reason: reason)
            case .unavailable(let reason):
                return number == 0 ? .unavailable(reason: reason) : .unknown(reason: reason)
            case .unknown(let reason): return .unknown(reason: reason)
            }
            // A cache that drops the query answers with another listing, whose silence about a key says nothing.
            guard page.prefix == prefix else {
                return .refused(reason: "\(address.bucket.origin) lists something else than what it was asked for")
            }
            for (key, object) in page.objects where key.utf8.starts(with: prefix.utf8) {
                let name = key.utf8.dropFirst(directoryLength)
                if !name.contains(UInt8(ascii: "/")) { objects[ByteName(String(Substring(name)))] = object }
            }
            guard page.isTruncated else { return .objects(objects) }
            guard let next = page.nextToken, !next.isEmpty, next != token else {
                return .unknown(reason: "\(address.bucket.origin) lists without an end")
            }
            token = next
        }
        return .unknown(reason: "\(address.bucket.origin) lists more than \(Self.mostPages) pages for one job")
    }

    private enum PageAnswer {
        case page(ListingPage)
        case refused(String)
        case unavailable(String)
        case unknown(String)
    }

    private enum Attempt {
        case done(PageAnswer)
        case transient(retryAfter: Duration?, reason: String)
    }

    private func page(_ url: HTTPURL, until deadline: Duration) async throws -> PageAnswer {
        var failed = 0
        while true {
            let left = deadline - self.pace.elapsed()
            guard left > .zero else {
                let limit = DurationText.short(self.timeLimit)
                return .unknown("\(url.origin) did not list all that lies beside a job within \(limit)")
            }
            switch try await self.attempt(url, within: left) {
            case .done(let answer):
                self.retries.succeed(at: url.origin)
                return answer
            case .transient(let retryAfter, let reason):
                failed += 1
                let random = self.pace.random()
                guard let wait = self.policy.delay(afterFailures: failed, retryAfter: retryAfter, random: random),
                    self.pace.elapsed() + wait < deadline, self.retries.spend(at: url.origin)
                else { return .unknown(reason) }
                try await self.pace.sleep(wait)
            }
        }
    }

    private func attempt(_ url: HTTPURL, within limit: Duration) async throws -> Attempt {
        let response: HTTPResponse
        var request = HTTPRequest(.get, url.text, headers: ["Accept-Encoding": "identity"])
        (request.leastRate, request.timeLimit) = (Self.leastRate, limit)
        do {
            response = try await self.client.response(to: request, bodyLimit: ListingPage.bodyLimit)
        } catch let error as TransferError {
            switch error.code {
            case .cancelled: throw CancellationError()
            // Asked again it would take as long again.
            case .timeout: return .done(.unknown(error.message))
            case .bodyTooLarge: return .done(.unavailable("\(url.origin) answers with more than a listing"))
            default:
                if error.isTransient { return .transient(retryAfter: nil, reason: error.message) }
                return .done(.unavailable(error.message))
            }
        }
        let excerpt = String(decoding: response.body.prefix(Self.excerptLength), as: UTF8.self)
        let answer = BucketAnswer(status: response.status, excerpt: excerpt)
        let said = answer.reason(url.origin)
        guard response.status == 200 else {
            if answer.meaning != .refused,
                case .transient(let wait) = RetryPolicy.verdict(
                    on: response.head,
                    isProduct: true,
                    now: self.pace.now()
                )
            {
                return .transient(retryAfter: wait, reason: said)
            }
            // S3 explains in a document of its own what it refuses.
            let isBucket = answer.code != nil && answer.meaning != .refused
            return .done(isBucket ? .refused(said) : .unavailable(said))
        }
        do throws(ListingPage.Failure) {
            return .done(.page(try ListingPage(response.body)))
        } catch {
            switch error {
            case .broken(let reason):
                return .transient(retryAfter: nil, reason: "\(url.origin) sent a broken listing: \(reason)")
            case .error(let code) where ["InternalError", "ServiceUnavailable", "SlowDown"].contains(code):
                return .transient(retryAfter: nil, reason: "\(url.origin) answered \(code)")
            case .error(let code):
                return .done(.refused("\(url.origin) answered \(ForeignText.quoted(code))"))
            case .noListing(let what):
                let page = answer.title.map { "a page titled \(ForeignText.quoted($0))" }
                return .done(.unavailable("\(url.origin) answered with \(page ?? what) instead of a listing"))
            }
        }
    }
}
