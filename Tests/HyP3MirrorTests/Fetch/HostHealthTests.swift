import Foundation
import Synchronization
import Testing

@testable import HyP3Mirror

@Suite struct `Host health` {
    private static let origin = Origin(scheme: "https", host: "bucket.example", port: 443)
    private static let patience = HostHealth.Patience(failures: 3, rests: [.seconds(1), .seconds(2)])
    private static let trouble = FetchFailure(.transient(retryAfter: nil), "no route", concernsHost: true)

    private static func host(afterFailures count: Int) -> HostHealth {
        var host = HostHealth(Self.patience)
        for _ in 0..<count { Self.fail(&host) }
        return host
    }

    /// One product asks and fails.
    private static func fail(_ host: inout HostHealth) {
        let admission = host.admit()
        let isProbe = if case .probe = admission { true } else { false }
        host.failed("no route", concernsHost: true, isRepeated: true, isFinal: false, isProbe: isProbe)
    }

    @Test func `rests after some failures in a row, probes, and is left alone when the probes fail, too`() {
        var host = Self.host(afterFailures: 2)
        #expect(host.admit() == .ask)
        host.answered(isProbe: false)
        host = Self.host(afterFailures: 3)
        #expect(host.admit() == .probe(after: .seconds(1)))
        #expect(host.admit() == .wait && !host.isDown)
        host.failed("x", concernsHost: false, isRepeated: false, isFinal: false, isProbe: true)
        #expect(host.admit() == .probe(after: .seconds(2)))
        host.failed("x", concernsHost: false, isRepeated: false, isFinal: false, isProbe: true)
        #expect(host.admit() == .leave && host.isDown)
        #expect(host.gaveNothing && host.trouble == "no route")
    }

    @Test func `a good answer forgives all failures`() {
        var host = Self.host(afterFailures: 3)
        #expect(host.admit() == .probe(after: .seconds(1)))
        host.answered(isProbe: true)
        #expect(host.isUp && host.admit() == .ask)
        host.answered(isProbe: false)
        for _ in 0..<2 { Self.fail(&host) }
        #expect(host.admit() == .ask && !host.gaveNothing)
    }

    @Test func `one failure of each of many products is no trouble of the host, a second of each is`() {
        var host = HostHealth(Self.patience)
        for isRepeated in [false, true] {
            for _ in 0..<3 {
                #expect(host.admit() == .ask)
                host.failed("503", concernsHost: false, isRepeated: isRepeated, isFinal: false, isProbe: false)
            }
        }
        #expect(host.admit() == .probe(after: .seconds(1)))
    }

    @Test func `is not given up while something is under way that may show that it works`() {
        var host = HostHealth(Self.patience)
        #expect(host.admit() == .ask)
        for _ in 0..<3 { Self.fail(&host) }
        for _ in 0..<5 { Self.fail(&host) }
        #expect(!host.isDown)
        host.ended(isProbe: false)
        Self.fail(&host)
        #expect(host.isDown)
    }

    @Test func `is given up where an answer came while a probe rested, and two probe since`() {
        var host = HostHealth(Self.patience)
        #expect(host.admit() == .ask)
        for _ in 0..<3 { Self.fail(&host) }
        #expect(host.admit() == .probe(after: .seconds(1)))
        host.answered(isProbe: false)
        for _ in 0..<3 { Self.fail(&host) }
        #expect(host.admit() == .probe(after: .seconds(1)))
        // Each fails while the other rests, and asks again.
        for _ in 0..<4 where !host.isDown {
            host.failed("500", concernsHost: false, isRepeated: true, isFinal: false, isProbe: true)
            _ = host.admit()
        }
        #expect(host.isDown)
    }

    @Test func `a certificate that is not acceptable is not asked about twice`() {
        var host = HostHealth(Self.patience)
        #expect(host.admit() == .ask)
        host.failed("certificate", concernsHost: true, isRepeated: true, isFinal: true, isProbe: false)
        #expect(host.admit() == .leave)
    }

    @Test(.timeLimit(.minutes(1))) func `whoever waits goes on when the probe succeeds, or leaves when it is given up`()
        async throws
    {
        for succeeds in [true, false] {
            let slept = Mutex<[Duration]>([])
            let pace = Pace(now: { .now }, sleep: { rest in slept.withLock { $0.append(rest) } }, random: { 0 })
            let hosts = ProductHosts(Self.patience, pace: pace)
            for _ in 0..<3 {
                let pass = try #require(try await hosts.admit(Self.origin))
                _ = hosts.failed(Self.origin, Self.trouble, pass, isRepeated: true)
            }
            let probe = try #require(try await hosts.admit(Self.origin))
            #expect(probe == .probe)
            let passes = try await withThrowingTaskGroup(of: ProductHosts.Pass?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let pass = try await hosts.admit(Self.origin)
                        if let pass {
                            if succeeds {
                                hosts.answered(Self.origin, pass)
                            } else {
                                _ = hosts.failed(Self.origin, Self.trouble, pass, isRepeated: true)
                            }
                        }
                        return pass
                    }
                }
                if succeeds {
                    hosts.answered(Self.origin, probe)
                } else {
                    _ = hosts.failed(Self.origin, Self.trouble, probe, isRepeated: true)
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(passes.count { $0 != nil } == (succeeds ? 20 : 1))
            #expect(slept.withLock { $0 } == (succeeds ? [.seconds(1)] : [.seconds(1), .seconds(2)]))
            #expect(hosts.troubles.map(\.origin) == (succeeds ? [] : [Self.origin]))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a stop ends the waiting, before and after it began`() async throws {
        let hosts = ProductHosts(Self.patience, pace: Pace(now: { .now }, sleep: { _ in }, random: { 0 }))
        for _ in 0..<3 {
            let pass = try #require(try await hosts.admit(Self.origin))
            _ = hosts.failed(Self.origin, Self.trouble, pass, isRepeated: true)
        }
        _ = try await hosts.admit(Self.origin)
        let tasks = (0..<20).map { _ in Task { try await hosts.admit(Self.origin) } }
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    }
}
