import Logging
import Synchronization
import Testing

@testable import HyP3Mirror

@Suite(.timeLimit(.minutes(1))) struct DownloadBudgetTests {
    private static func budget(_ most: Int, isFixed: Bool = true) -> DownloadBudget {
        DownloadBudget(
            most: most,
            isFixed: isFixed,
            latency: nil,
            patience: .seconds(60),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static func origin(_ name: String) -> Origin { Origin(scheme: "https", host: name, port: 443) }

    /// Grants as they are delivered to somebody who wishes for them.
    private final class Wishes: Sendable {
        let grants = Mutex<[Grant]>([])
        func deliver(_ grant: Grant) { self.grants.withLock { $0.append(grant) } }
        var count: Int { self.grants.withLock { $0.count } }
    }

    @Test func `connections count over all hosts`() async throws {
        let budget = Self.budget(3)
        var grants: [Grant] = []
        for host in ["a", "b", "c"] { grants.append(try await budget.connection(to: Self.origin(host))) }
        let late = Wishes()
        _ = budget.wish(for: Self.origin("d"), deliver: late.deliver)
        #expect(late.count == 0)
        grants[0].release()
        #expect(late.count == 1)
    }

    @Test func `who has none comes before who would like one more, whatever the host`() async throws {
        let budget = Self.budget(1)
        let first = try await budget.connection(to: Self.origin("a"))
        let further = Wishes()
        _ = budget.wish(for: Self.origin("a"), deliver: further.deliver)
        let waiting = Task { try await budget.connection(to: Self.origin("b")) }
        while !budget.isWanted(Self.origin("a")) { await Task.yield() }
        first.release()
        let second = try await waiting.value
        #expect(further.count == 0)
        second.release()
        #expect(further.count == 1)
    }

    @Test func `a host at its limit does not hold up another`() async throws {
        let budget = Self.budget(32, isFixed: false)
        for _ in 0..<8 { _ = try await budget.connection(to: Self.origin("a")) }
        let ninth = Wishes()
        _ = budget.wish(for: Self.origin("a"), deliver: ninth.deliver)
        #expect(ninth.count == 0, "a host begins with eight")
        _ = try await budget.connection(to: Self.origin("b"))
    }

    @Test func `a refused connection rests, and the host's others go on`() async throws {
        let budget = Self.budget(2)
        let (first, second) = (
            try await budget.connection(to: Self.origin("a")), try await budget.connection(to: Self.origin("a"))
        )
        first.release(rests: true)
        let wishes = Wishes()
        _ = budget.wish(for: Self.origin("a"), deliver: wishes.deliver)
        #expect(wishes.count == 0, "it would be refused at once")
        _ = budget.wish(for: Self.origin("b"), deliver: wishes.deliver)
        #expect(wishes.count == 1, "another host is asked")
        second.release()
        #expect(wishes.count == 2)
    }

    @Test func `a wait that is cancelled leaves nothing behind`() async throws {
        let budget = Self.budget(1)
        let first = try await budget.connection(to: Self.origin("a"))
        let waiting = Task { try await budget.connection(to: Self.origin("b")) }
        while !budget.isWanted(Self.origin("a")) { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        first.release()
        _ = try await budget.connection(to: Self.origin("c"))
    }

    @Test func `every connection has its buffers, however many others hold theirs`() async throws {
        let budget = Self.budget(64)
        var grants: [Grant] = []
        for number in 0..<64 { grants.append(try await budget.connection(to: Self.origin("host\(number % 8)"))) }
        // The spare ones go first, so nobody is short because another takes more than his own.
        var spare: [ChunkBuffer] = []
        while let buffer = budget.spare() { spare.append(buffer) }
        #expect(spare.count == DownloadBudget.spareBuffers)
        for grant in grants {
            let own = (0..<Grant.buffers).compactMap { _ in grant.take() }
            #expect(own.count == Grant.buffers)
        }
        let bytes = (spare.count + grants.count * Grant.buffers) * StagedFile.chunkSize
        #expect(bytes < 48 << 20)
    }

    @Test func `a budget goes with its last user, whatever was not given back`() async throws {
        weak var gone: DownloadBudget?
        do {
            let budget = Self.budget(2)
            gone = budget
            let grants = [
                try await budget.connection(to: Self.origin("a")), try await budget.connection(to: Self.origin("b")),
            ]
            grants[0].take()?.giveBack()
            _ = grants[1].take()
            #expect(gone != nil)
        }
        #expect(gone == nil)
    }

    @Test func `buffers that come late are the next connection's`() async throws {
        let budget = Self.budget(1)
        for _ in 0..<100 {
            let grant = try await budget.connection(to: Self.origin("a"))
            let buffer = try #require(grant.take())
            grant.release()
            buffer.giveBack()
        }
    }
}
