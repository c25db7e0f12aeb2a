import CurlTransfer
import FoundationEssentials
import Synchronization
import Testing

@testable import HyP3Mirror

/// What is optional does not hold a run up, however slowly it comes.
@Suite struct ListingDeadlineTests {
    /// A clock that goes on with each answer and each wait.
    private final class Clock: Sendable {
        private let time = Mutex(Duration.zero)

        var now: Duration { self.time.withLock { $0 } }
        var pace: Pace {
            Pace(now: { TestPace.now }, sleep: { self.pass($0) }, random: { 0.5 }, elapsed: { self.now })
        }

        func pass(_ duration: Duration) { self.time.withLock { $0 += duration } }
    }

    private static func page(_ number: Int) -> HTTPResponse {
        HTTPResponse(
            200,
            body: """
                <ListBucketResult><Prefix>job/a</Prefix><IsTruncated>true</IsTruncated>
                <NextContinuationToken>\(number)</NextContinuationToken>
                <Contents><Key>job/a\(number)</Key><Size>1</Size></Contents></ListBucketResult>
                """
        )
    }

    @Test(arguments: [true, false])
    func `all pages of a listing, and all tries at them, have one deadline`(comes: Bool) async throws {
        let clock = Clock()
        let client = ScriptedClient { _, number in
            clock.pass(.seconds(25))
            return comes ? Self.page(number) : HTTPResponse(503, body: "<Error><Code>SlowDown</Code></Error>")
        }
        let listing = BucketListing(
            client: client,
            policy: RetryPolicy(attempts: 100),
            timeLimit: .seconds(60),
            pace: clock.pace
        )
        let address = try #require(BucketAddress(try HTTPURL("https://bucket.s3.amazonaws.com/job/a")))
        guard case .unknown(let reason) = try await listing.objects(at: address) else {
            Issue.record("more than unknown")
            return
        }
        #expect(clock.now <= .seconds(85) && client.requests.count <= 3, "\(clock.now)")
        #expect(client.requests.compactMap(\.timeLimit).allSatisfy { $0 <= .seconds(60) })
        #expect(client.requests.last.flatMap(\.timeLimit).map { $0 <= .seconds(35) } == true)
        #expect(reason.contains(comes ? "did not list all" : "SlowDown"), "\(reason)")
    }
}
