import FoundationEssentials
import HyP3Simulator

/// A time in which something is not as it should be, or is done in another way.
struct Era: Sendable, CustomStringConvertible {
    enum Kind: Sendable, Equatable {
        /// HyP3 answers every question with that status.
        case hyp3Off(status: Int)
        /// So do the bucket's host and its listings.
        case bucketDown(status: Int)
        /// The bucket refuses some requests with 503 SlowDown, and says when to come again.
        case throttling
        /// Something on the way to the bucket, or itself, refuses everything.
        case firewall(Refusal)
        /// Whatever comes is broken once.
        case flaky
        case diskFull
        case loginBroken(LoginBehaviour)
        /// Seconds that the machines' clock is ahead.
        case clock(ahead: Double)
        /// Runs come in so many shards.
        case shards(Int)
        /// More suffixes are wanted.
        case summer

        /// Whether a run may fail for it.
        var hinders: Bool {
            switch self {
            case .hyp3Off, .bucketDown, .throttling, .firewall, .diskFull, .loginBroken: true
            case .flaky, .clock, .shards, .summer: false
            }
        }

        fileprivate var faults: [Fault] {
            switch self {
            case .hyp3Off(let status): return [Fault(.api, effect: .status(code: status))]
            case .bucketDown(let status):
                return [.object, .listing].map { Fault($0, effect: .status(code: status)) }
            case .throttling:
                let slow = Fault.Effect.status(code: 503, retryAfter: "30")
                return [
                    Fault(.object, probability: 0.5, effect: slow), Fault(.listing, probability: 0.3, effect: slow),
                ]
            case .firewall(let refusal): return refusal.faults
            case .flaky:
                let effects: [Fault.Effect] = [
                    .cut(after: 700), .flipBit(), .status(code: 500), .truncate(to: 900), .xmlError, .drop(after: 300),
                ]
                return [
                    Fault(.object, first: 1, effect: .oneOf(effects: effects)),
                    Fault(.api, first: 1, effect: .status(code: 502)),
                ]
            case .diskFull, .loginBroken, .clock, .shards, .summer: return []
            }
        }
    }

    let kind: Kind
    let from: Date
    let to: Date

    func isOn(at date: Date) -> Bool { self.from <= date && date < self.to }

    var description: String { "\(self.kind)" }
}

/// All eras of a year.
struct Eras: Sendable {
    let all: [Era]

    init(_ all: [Era]) { self.all = all }

    func on(at date: Date) -> [Era.Kind] { self.all.filter { $0.isOn(at: date) }.map(\.kind) }

    /// Draws them: all that are asked for in a year of 365 days, and in a shorter one each kind at least once.
    init(seed: UInt64, start: Date, days: Int) {
        var eras: [Era] = []
        func add(_ name: String, times: Int, days length: ClosedRange<Double>, _ kind: (inout Chance) -> Era.Kind) {
            let times = max(1, Int((Double(times) * Double(days) / 365).rounded()))
            for number in 0..<times {
                var chance = Chance(seed, name, number)
                let length = chance.number(length)
                // The archive is begun in peace.
                let first = chance.number(3...max(4, Double(days) - length))
                let from = start.addingTimeInterval(first * 86400)
                eras.append(Era(kind: kind(&chance), from: from, to: from.addingTimeInterval(length * 86400)))
            }
        }
        func status(_ chance: inout Chance) -> Int { [500, 502, 503, 504, 429][chance.number(0...4)] }
        add("half a day off", times: 4, days: 0.5...0.5) { .hyp3Off(status: status(&$0)) }
        add("two days off", times: 2, days: 2...2) { .hyp3Off(status: status(&$0)) }
        add("seventeen days off", times: 1, days: 17...17) { .hyp3Off(status: status(&$0)) }
        add("bucket", times: 4, days: 0.3...2) { .bucketDown(status: status(&$0)) }
        add("throttling", times: 4, days: 0.5...3) { _ in .throttling }
        add("firewall", times: 5, days: 1...1) { chance in
            .firewall(chance.one(of: Refusal.allCases) ?? .page)
        }
        add("flaky", times: 12, days: 0.5...2) { _ in .flaky }
        add("disk", times: 1, days: 7...7) { _ in .diskFull }
        add("login", times: 3, days: 2...2.5) { chance in
            let behaviours: [LoginBehaviour] = [
                .outage(status: 503), .outage(status: 500), .htmlPage, .refusing, .endUserLicense, .staleProfile,
            ]
            return .loginBroken(chance.one(of: behaviours) ?? .refusing)
        }
        add("clock back", times: 1, days: 2...2) { _ in .clock(ahead: -86400) }
        add("clock forward", times: 1, days: 1...4) { _ in .clock(ahead: 30 * 86400) }
        add("shards", times: 1, days: 10...20) { .shards($0.number(2...3)) }
        let summer = (0.4 * Double(days), 0.7 * Double(days))
        eras.append(
            Era(
                kind: .summer,
                from: start.addingTimeInterval(summer.0 * 86400),
                to: start.addingTimeInterval(summer.1 * 86400)
            )
        )
        self.all = eras.sorted { $0.from < $1.from }
    }
}

extension [Era.Kind] {
    /// Brings a simulator to be as they have it.
    func rule(_ simulator: Simulator) {
        simulator.faults.removeAll()
        simulator.loginBehaviour = .normal
        for kind in self {
            for fault in kind.faults { simulator.faults.add(fault) }
            if case .loginBroken(let behaviour) = kind { simulator.loginBehaviour = behaviour }
        }
    }

    var isHindered: Bool { self.contains(where: \.hinders) }
    var wantsSummer: Bool { self.contains(.summer) }
    var slip: Double {
        self.reduce(0) { sum, kind in if case .clock(let ahead) = kind { sum + ahead } else { sum } }
    }
    var shards: Int? {
        for case .shards(let count) in self { return count }
        return nil
    }
}
