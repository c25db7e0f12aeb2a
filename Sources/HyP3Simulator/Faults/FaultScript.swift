import Synchronization

/// The faults in force, and how often each has had its chance.
package final class FaultScript: Sendable {
    private struct Rule {
        var number: Int
        var fault: Fault
        var seen: [String: Int] = [:]
    }

    private struct State {
        var rules: [Rule] = []
        var nextNumber = 0
        var committed = 0
    }

    private let state = Mutex(State())
    private let stalls: StallGate

    init(_ faults: [Fault], stalls: StallGate) {
        self.stalls = stalls
        for fault in faults { add(fault) }
    }

    /// Puts a fault in force, after those that are; returns its number for `remove`.
    @discardableResult
    package func add(_ fault: Fault) -> Int {
        state.withLock { state in
            state.nextNumber += 1
            state.rules.append(Rule(number: state.nextNumber, fault: fault))
            return state.nextNumber
        }
    }

    /// Takes back one fault.
    package func remove(_ number: Int) {
        state.withLock { $0.rules.removeAll { $0.number == number } }
    }

    /// Takes back all faults.
    package func removeAll() {
        state.withLock { $0.rules.removeAll() }
    }

    /// Faults committed so far.
    package var committed: Int {
        state.withLock { $0.committed }
    }

    /// Responses that a `stall` holds now.
    package var stalled: Int { stalls.count }

    /// Returns once that many responses are stalled, or the task is cancelled.
    package func waitUntilStalled(_ count: Int = 1) async {
        await stalls.waitUntilStalled(count)
    }

    /// Takes back all faults, and lets what they stall go on to its end.
    package func letGo() {
        removeAll()
        releaseStalls()
    }

    /// Lets the responses that are stalled now go on to their end.
    package func releaseStalls() {
        stalls.release()
    }

    /// What befalls this request, in the order of the rules.
    func effects(_ target: Fault.Target, _ subject: String, request: HTTPRequest) -> [Fault.Effect] {
        state.withLock { state in
            var effects: [Fault.Effect] = []
            for index in state.rules.indices {
                let fault = state.rules[index].fault
                guard fault.target == target || fault.target == .any, fault.method ?? request.method == request.method,
                    fault.ranged ?? (request["Range"] != nil) == (request["Range"] != nil),
                    matches(fault.match, subject)
                else { continue }
                let count = state.rules[index].seen[subject, default: 0]
                state.rules[index].seen[subject] = count + 1
                let place = count - (fault.skip ?? 0)
                guard place >= 0, fault.first.map({ place < $0 }) ?? true else { continue }
                let draw = Self.draw(fault.seed ?? 0, state.rules[index].number, subject, count)
                if let probability = fault.probability, Double(draw >> 11) / Double(1 << 53) >= probability {
                    continue
                }
                effects.append(Self.chosen(fault.effect, draw))
                state.committed += 1
            }
            return effects
        }
    }

    private static func draw(_ seed: UInt64, _ rule: Int, _ subject: String, _ count: Int) -> UInt64 {
        let text = subject.utf8.reduce(UInt64(rule)) { mix($0, UInt64($1)) }
        return mix(mix(seed, text), UInt64(count))
    }

    private static func chosen(_ effect: Fault.Effect, _ draw: UInt64) -> Fault.Effect {
        guard case .oneOf(let effects) = effect else { return effect }
        guard !effects.isEmpty else { return .none }
        return chosen(effects[Int(mix(draw, 7) % UInt64(effects.count))], mix(draw, 8))
    }
}
