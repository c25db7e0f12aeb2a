import Logging
import Synchronization

/// The connections of a run: a budget for each host, kept to what the host and the line will bear.
final class ConnectionBudgets: Sendable {
    private struct Host {
        let budget: ConnectionBudget
        var pacing: ConnectionPacing
        var seenBytes: Int64 = 0
    }

    private let hosts = Mutex<[Origin: Host]>([:])
    private let most: Int
    private let isFixed: Bool
    private let latency: Double?
    private let logger: Logger

    /// - Parameter latency: seconds to the service, if known.
    init(_ connections: ProjectSettings.Connections, latency: Double?, logger: Logger) {
        switch connections {
        case .auto: (self.most, self.isFixed) = (Self.mostByDefault, false)
        case .fixed(let count): (self.most, self.isFixed) = (count, true)
        }
        self.latency = latency
        self.logger = logger
    }

    private static let mostByDefault = 32

    /// Connections there can be at once to one host.
    static func most(_ connections: ProjectSettings.Connections) -> Int {
        if case .fixed(let count) = connections { count } else { Self.mostByDefault }
    }

    func budget(for origin: Origin) -> ConnectionBudget {
        self.hosts.withLock { hosts in
            if let host = hosts[origin] { return host.budget }
            let pacing = ConnectionPacing(most: self.most, isFixed: self.isFixed, latency: self.latency)
            let host = Host(budget: ConnectionBudget(limit: pacing.limit), pacing: pacing)
            hosts[origin] = host
            return host.budget
        }
    }

    /// Adjusts the budgets until the task is cancelled.
    func keep() async throws {
        var before = ContinuousClock.now
        while true {
            try await Task.sleep(for: ConnectionPacing.interval)
            let now = ContinuousClock.now
            self.adjust(elapsed: before.duration(to: now))
            before = now
        }
    }

    private func adjust(elapsed: Duration) {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let changes = self.hosts.withLock { hosts -> [(Origin, ConnectionBudget, Int)] in
            for (origin, var host) in hosts {
                let bytes = host.budget.receivedBytes
                let seen = ConnectionPacing.Observation(
                    throughput: Double(bytes - host.seenBytes) / max(seconds, 0.001),
                    isExhausted: host.budget.isExhausted,
                    isThrottled: host.budget.takeSlowDowns() > 0,
                    latency: host.budget.latency
                )
                host.seenBytes = bytes
                _ = host.pacing.look(seen)
                hosts[origin] = host
            }
            return hosts.map { ($0.key, $0.value.budget, $0.value.pacing.limit) }
        }
        for (origin, budget, limit) in changes {
            let before = budget.limit
            guard limit != before else { continue }
            budget.setLimit(limit)
            self.logger.debug("connections", metadata: ["host": "\(origin)", "from": "\(before)", "to": "\(limit)"])
        }
    }
}
