import Synchronization

/// The product hosts of a run, and which of them are worth asking. Any thread.
final class ProductHosts: Sendable {
    /// What a product was told before it asked.
    enum Pass: Sendable, Hashable {
        case ask
        case probe
    }

    /// A host that gave nothing, or gives nothing any more.
    struct Trouble: Sendable, Hashable {
        var origin: Origin
        var reason: String
        /// Whether anything could be had of it in this run.
        var hasAnswered: Bool
        /// Whether it is asked for products all the same: only listings did not come.
        var isListingOnly = false
        /// Whether its bucket said anything in this run, if no more than what lies there or that it does not list.
        var hasSpoken = false

        /// Whether it explains that nothing could be had: one listing of many that did not come explains nothing.
        var isOutage: Bool { !(self.isListingOnly && self.hasSpoken) }
    }

    private struct State {
        var hosts: [Origin: HostHealth] = [:]
        var waiting: [Origin: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        /// Those that stopped before they had begun to wait.
        var stopped: Set<UInt64> = []
        var count: UInt64 = 0
    }

    private let patience: HostHealth.Patience
    private let pace: Pace
    private let state = Mutex(State())

    init(_ patience: HostHealth.Patience = .init(), pace: Pace = .real) {
        self.patience = patience
        self.pace = pace
    }

    /// Waits until the host may be asked.
    ///
    /// - Returns: nil where it is left alone for the rest of the run. After any other value `answered`, `failed` or `ended`
    ///   must follow.
    /// - Throws: `CancellationError`
    func admit(_ origin: Origin) async throws -> Pass? {
        while true {
            try Task.checkCancellation()
            switch self.change(origin, { $0.admit() }) {
            case .ask: return .ask
            case .leave: return nil
            case .wait: await self.wait(for: origin)
            case .probe(let rest):
                do {
                    try await self.pace.sleep(rest)
                } catch {
                    self.ended(origin, .probe)
                    throw error
                }
                return .probe
            }
        }
    }

    func answered(_ origin: Origin, _ pass: Pass) { self.change(origin) { $0.answered(isProbe: pass == .probe) } }

    /// - Parameter isRepeated: see `HostHealth`.
    /// - Returns: whether the host is not to be asked for now.
    func failed(_ origin: Origin, _ failure: FetchFailure, _ pass: Pass, isRepeated: Bool) -> Bool {
        self.change(origin) { host in
            host.failed(
                failure.reason,
                concernsHost: failure.concernsHost,
                isRepeated: isRepeated,
                isFinal: failure.concernsHost && failure.kind == .permanent,
                isProbe: pass == .probe
            )
            return !host.isUp
        }
    }

    func ended(_ origin: Origin, _ pass: Pass) { self.change(origin) { $0.ended(isProbe: pass == .probe) } }

    /// A job's listing came, or it did not.
    func note(_ survey: JobSurvey) {
        guard let bucket = survey.bucket else { return }
        self.change(bucket) { host in
            guard let silence = survey.silence else {
                host.hasListed = true
                return
            }
            // Products that nobody knows to ask for without it.
            if !survey.unnamed.isEmpty { host.listingTrouble = silence }
        }
    }

    /// Whether the host is left alone for the rest of the run.
    func isDown(_ origin: Origin) -> Bool { self.state.withLock { $0.hosts[origin]?.isDown ?? false } }

    /// Hosts that are down, or gave nothing for a reason of their own, or a listing that was needed; in the order of their
    /// names.
    var troubles: [Trouble] {
        self.state.withLock { state in
            state.hosts.compactMap { origin, host -> Trouble? in
                if host.isDown || host.gaveNothing {
                    return Trouble(origin: origin, reason: host.trouble ?? "no answer", hasAnswered: host.hasAnswered)
                }
                return host.listingTrouble.map {
                    Trouble(
                        origin: origin,
                        reason: $0,
                        hasAnswered: host.hasAnswered,
                        isListingOnly: true,
                        hasSpoken: host.hasListed
                    )
                }
            }
        }.sorted { $0.origin.description < $1.origin.description }
    }

    /// Whether any host gave anything.
    var haveAnswered: Bool { self.state.withLock { $0.hosts.values.contains(where: \.hasAnswered) } }

    @discardableResult
    private func change<Result>(_ origin: Origin, _ change: (inout HostHealth) -> Result) -> Result {
        let (result, woken) = self.state.withLock { state -> (Result, [CheckedContinuation<Void, Never>]) in
            var host = state.hosts[origin] ?? HostHealth(self.patience)
            let before = host
            let result = change(&host)
            state.hosts[origin] = host
            // Whoever waits looks again after whatever may have changed what he is told.
            guard before != host, let waiting = state.waiting.removeValue(forKey: origin) else { return (result, []) }
            return (result, Array(waiting.values))
        }
        for continuation in woken { continuation.resume() }
        return result
    }

    private func wait(for origin: Origin) async {
        let id = self.state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isInVain = self.state.withLock { state -> Bool in
                    // What it waited for may have happened meanwhile.
                    guard state.stopped.remove(id) == nil, state.hosts[origin]?.isProbed == true else { return true }
                    state.waiting[origin, default: [:]][id] = continuation
                    return false
                }
                if isInVain { continuation.resume() }
            }
        } onCancel: {
            let continuation = self.state.withLock { state in
                let waiting = state.waiting[origin]?.removeValue(forKey: id)
                if waiting == nil { state.stopped.insert(id) }
                return waiting
            }
            continuation?.resume()
        }
        self.state.withLock { _ = $0.stopped.remove(id) }
    }
}
