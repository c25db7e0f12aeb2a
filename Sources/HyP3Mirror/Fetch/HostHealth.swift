/// Whether a product host is worth asking: a circuit breaker. Pure; `ProductHosts` keeps one a host.
///
/// After some failures in a row nobody asks; after a rest one product does. When that has failed a few times, too, the host
/// is left alone for the rest of the run. One good answer ends all that.
struct HostHealth: Sendable, Hashable {
    /// When to rest, and how long.
    struct Patience: Sendable, Hashable {
        /// Failures in a row after which the host rests.
        var failures: Int
        /// The waits before the probes; after the last the host is left alone.
        var rests: [Duration]

        init(failures: Int = 8, rests: [Duration] = [5, 10, 20, 40].map { .seconds($0) }) {
            self.failures = max(1, failures)
            self.rests = rests
        }
    }

    /// What a product that wants to ask is to do.
    enum Admission: Sendable, Hashable {
        case ask
        /// Ask for all others, after a rest.
        case probe(after: Duration)
        /// Wait until the one that probes knows more.
        case wait
        /// Give up for this run.
        case leave
    }

    private enum State: Sendable, Hashable {
        case up
        /// So many probes have failed.
        case resting(probes: Int, isTaken: Bool)
        case down
    }

    private let patience: Patience
    private var state = State.up
    private var failures = 0
    /// Products that are asking now, without those that probe: two may probe at once, where an answer came while one of them
    /// rested, and neither is to wait for the other.
    private var asking = 0
    /// Whether it gave anything, ever.
    private(set) var hasAnswered = false
    /// What it did last that tells of the host rather than of a product; nil for nothing.
    private(set) var trouble: String?
    /// Why a listing that was needed did not come; nil for none. It says nothing of the objects.
    var listingTrouble: String?
    /// Whether its bucket answered a question for a listing in its own words, ever.
    var hasListed = false

    init(_ patience: Patience) { self.patience = patience }

    var isUp: Bool { self.state == .up }
    var isDown: Bool { self.state == .down }
    /// Whether somebody rests or asks on behalf of all others.
    var isProbed: Bool { if case .resting(_, isTaken: true) = self.state { true } else { false } }

    /// Whether nothing could be had of it, for a reason of its own.
    var gaveNothing: Bool { !self.hasAnswered && self.trouble != nil }

    /// A product wants to ask. Whoever is told to ask or to probe calls `answered`, `failed` or `ended` afterwards.
    mutating func admit() -> Admission {
        switch self.state {
        case .up:
            self.asking += 1
            return .ask
        case .resting(_, isTaken: true): return .wait
        case .resting(let probes, isTaken: false):
            self.state = .resting(probes: probes, isTaken: true)
            return .probe(after: self.patience.rests.indices.contains(probes) ? self.patience.rests[probes] : .zero)
        case .down: return .leave
        }
    }

    /// It gave bytes of an object, or answered in a way that tells of the product alone.
    ///
    /// - Parameter isProbe: the product was told to probe.
    mutating func answered(isProbe: Bool) {
        self.leave(isProbe: isProbe)
        self.failures = 0
        self.hasAnswered = true
        self.state = .up
    }

    /// - Parameters:
    ///   - isRepeated: the product had failed before, or will not be tried again; what fails once is forgiven.
    ///   - isFinal: no later question will be answered otherwise, as with a certificate that is not acceptable.
    ///   - isProbe: the product was told to probe.
    mutating func failed(_ reason: String, concernsHost: Bool, isRepeated: Bool, isFinal: Bool, isProbe: Bool) {
        self.leave(isProbe: isProbe)
        if concernsHost { self.trouble = reason }
        if isFinal {
            self.state = .down
            return
        }
        switch self.state {
        case .up:
            guard concernsHost || isRepeated else { return }
            self.failures += 1
            guard self.failures >= self.patience.failures else { return }
            self.trouble = reason
            self.state = self.patience.rests.isEmpty ? .down : .resting(probes: 0, isTaken: false)
        case .resting(let probes, _) where isProbe:
            // What is still under way may yet show that it works.
            let isLast = probes + 1 >= self.patience.rests.count
            self.state =
                isLast && self.asking == 0
                ? .down : .resting(probes: isLast ? probes : probes + 1, isTaken: false)
        case .resting, .down: break
        }
    }

    /// The product ended without having learned anything of the host.
    mutating func ended(isProbe: Bool) {
        self.leave(isProbe: isProbe)
        if isProbe, case .resting(let probes, _) = self.state { self.state = .resting(probes: probes, isTaken: false) }
    }

    private mutating func leave(isProbe: Bool) { if !isProbe { self.asking = max(0, self.asking - 1) } }
}
