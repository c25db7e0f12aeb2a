import CurlTransfer
import FoundationEssentials
import HyP3Mirror
import Testing

@Suite struct `Retry policy` {
    private let policy = RetryPolicy(
        attempts: 6,
        base: .milliseconds(500),
        cap: .seconds(4),
        retryAfterCap: .seconds(60)
    )
    private static let now = Date(timeIntervalSince1970: 1_722_500_000)

    @Test func `the longest wait doubles up to the cap, and attempts end`() {
        let waits = (1...6).map { self.policy.delay(afterFailures: $0, random: 1) }
        #expect(waits == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(4), nil])
    }

    @Test func `chance picks anything from nothing up`() {
        #expect(self.policy.delay(afterFailures: 3, random: 0) == .zero)
        #expect(self.policy.delay(afterFailures: 3, random: 0.25) == .milliseconds(500))
        #expect(self.policy.delay(afterFailures: 3, random: 7) == .seconds(2))
        #expect(RetryPolicy(attempts: 1000).delay(afterFailures: 900, random: 1) == .seconds(30))
    }

    @Test func `a server's wish is the least wait, up to its own cap`() {
        #expect(self.policy.delay(afterFailures: 1, retryAfter: .seconds(7), random: 1) == .seconds(7))
        #expect(self.policy.delay(afterFailures: 4, retryAfter: .seconds(1), random: 1) == .seconds(4))
        #expect(self.policy.delay(afterFailures: 1, retryAfter: .seconds(3600), random: 1) == .seconds(60))
        #expect(self.policy.delay(afterFailures: 1, retryAfter: .seconds(-5), random: 0) == .zero)
        #expect(self.policy.delay(afterFailures: 6, retryAfter: .seconds(1), random: 0) == nil)
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), ("0", .zero), ("Thu, 01 Aug 2024 08:14:20 GMT", .seconds(60)),
        ("Thu, 01 Aug 2024 08:13:00 GMT", .zero), ("99999999999999999999", .seconds(1_000_000_000)),
    ])
    func `Retry-After is seconds or a date`(_ text: String, _ wait: Duration) {
        #expect(RetryAfter.wait(text, now: Self.now) == wait)
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "Thu, 32 Aug 2024 08:14:20 GMT", "Thu, 01 Aug 2024 08:14 GMT", "01 Aug 2024",
    ])
    func `another Retry-After says nothing`(_ text: String) {
        #expect(RetryAfter.wait(text, now: Self.now) == nil)
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func `overload and failure of the server may pass`(_ status: Int) {
        let head = HTTPResponseHead(status: status, headers: ["retry-after": "3"])
        #expect(
            RetryPolicy.verdict(on: head, isProduct: true, now: Self.now) == .transient(retryAfter: .seconds(3))
        )
    }

    @Test func `403 means absent on a product host and refused at the API`() {
        func verdict(_ status: Int, isProduct: Bool) -> RetryPolicy.Verdict {
            RetryPolicy.verdict(
                on: HTTPResponseHead(status: status, headers: [:]),
                isProduct: isProduct,
                now: Self.now
            )
        }
        #expect(verdict(403, isProduct: true) == .absent)
        #expect(verdict(403, isProduct: false) == .fatal)
        #expect(verdict(404, isProduct: true) == .absent)
        #expect(verdict(410, isProduct: true) == .absent)
        for status in [301, 400, 401, 405, 416, 600] { #expect(verdict(status, isProduct: true) == .fatal) }
    }

    @Test func `transfers that broke may pass, distrust and cancellation do not`() {
        for code in [TransferError.Code.connection, .timeout, .shortBody] {
            #expect(RetryPolicy.verdict(on: TransferError(code: code, message: "")) == .transient(retryAfter: nil))
        }
        for code in [TransferError.Code.tls, .cancelled, .invalidRequest, .bodyTooLarge, .internalError] {
            #expect(RetryPolicy.verdict(on: TransferError(code: code, message: "")) == .fatal)
        }
    }

    @Test func `a budget ends, and successes earn some of it back`() {
        var budget = RetryBudget(retries: 2, earnedPerSuccess: 0.5)
        func spend(_ count: Int) -> [Bool] { (0..<count).map { _ in budget.spend() } }
        #expect(spend(3) == [true, true, false])
        budget.succeed()
        #expect(spend(1) == [false])
        budget.succeed()
        #expect(spend(1) == [true])
        for _ in 0..<100 { budget.succeed() }
        #expect(spend(3) == [true, true, false])
    }
}
