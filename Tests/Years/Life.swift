import Foundation
import HyP3Mirror
import HyP3Simulator

/// A year while it is lived.
struct Life {
    private let year: Year
    private let world: World
    private let simulator: Simulator
    private let host: Host
    private let eras: Eras
    private var oracle: Oracle
    private var inspector: Inspector
    private var person: Person
    private var chronicle: Chronicle
    private var before: Set<String> = []
    private(set) var tally = Year.Tally()
    private var lastEras: [String] = []
    private let ballast: Ballast

    init(_ year: Year, _ world: World, _ simulator: Simulator, _ host: Host, _ start: Date) {
        self.year = year
        self.simulator = simulator
        self.world = world
        self.host = host
        self.eras = Eras(seed: year.seed, start: start, days: year.days)
        self.oracle = Oracle(world)
        self.inspector = Inspector("\(year.archive)/\(World.project)", world)
        self.person = Person("\(year.archive)/\(World.project)")
        self.ballast = Ballast(in: year.archive)
        self.chronicle = Chronicle(start: start, isTold: year.isTold)
    }

    func history(of finding: Finding) -> [String] { self.chronicle.history(of: finding.description) }

    /// Lives until that instant, and runs the mirror then.
    mutating func live(_ slot: Int, at date: Date) async throws {
        let time = self.host.time
        time.advance(to: date)
        let now = time.now
        var chance = Chance(self.year.seed, "slot", slot)
        try self.showWorld()
        var told: [String] = []
        let eras = self.eras.on(at: now)
        let names = eras.map { "\($0)" }
        for name in names where !self.lastEras.contains(name) { told.append("from now on: \(name)") }
        for name in self.lastEras where !names.contains(name) { told.append("over: \(name)") }
        self.lastEras = names
        time.slip = eras.slip
        eras.rule(self.simulator)
        let isFull = eras.contains { if case .diskFull = $0 { true } else { false } }
        if slot > 8, !isFull {
            try self.person.act(&chance, self.inspector, self.world, &self.oracle, at: now) { told.append($0) }
            if chance.happens(1.5 / 1460) { try self.loseState(&told) }
        }
        for line in told { self.chronicle.note(line, at: now) }
        try self.inspector.look()
        self.before = Set(self.inspector.tree.files.keys)
        if isFull, self.ballast.isAllowed { try self.ballast.fill(leaving: chance.number(0...12) * 4096) }
        let results = try await self.run(eras, &chance)
        self.ballast.remove()
        for result in results { self.chronicle.note(result.description, at: now) }
        try self.judge(results, slip: eras.slip)
    }

    /// Has the simulator show what is now.
    private mutating func showWorld() throws {
        let now = self.host.time.now
        var told: [String] = []
        try self.world.advance(to: now) { told.append($0) }
        for line in told { self.chronicle.note(line, at: now) }
    }

    private mutating func loseState(_ told: inout [String]) throws {
        let state = "\(self.inspector.root)/.hyp3-mirror"
        guard FileManager.default.fileExists(atPath: state) else { return }
        try self.inspector.look()
        try FileManager.default.removeItem(atPath: state)
        self.oracle.noteLostState(unrecorded: self.inspector.names.union(self.oracle.removedFiles))
        told.append("somebody removes .hyp3-mirror")
    }

    private mutating func run(_ eras: [Era.Kind], _ chance: inout Chance) async throws -> [Result] {
        var order = Order(
            suffixes: World.suffixes + (eras.wantsSummer ? World.summerSuffixes : []),
            isIncremental: chance.happens(0.7),
            archive: self.year.archive,
            seed: UInt64(chance.number(0...Int.max))
        )
        if chance.happens(0.02) { return [] }
        if let shards = eras.shards {
            var results: [Result] = []
            for index in 1...shards {
                order.shard = "\(index)/\(shards)"
                // The one before may have waited for an hour.
                try self.showWorld()
                results.append(try await self.host.run(order, eras: eras))
            }
            return results
        }
        if eras.contains(where: { if case .diskFull = $0 { true } else { false } }), !self.ballast.isAllowed {
            order.minimumFree = "900000G"
        }
        switch chance.fraction() {
        case ..<0.03: order.cut = .stop(event: chance.number(1...40))
        case ..<0.10: order.cut = .kill(call: chance.number(1...(chance.happens(0.6) ? 20 : 120)))
        default: break
        }
        if order.cut == nil, chance.happens(0.03) {
            var second = order
            second.seed &+= 1
            second.archive = try self.secondPath()
            second.isIncremental.toggle()
            self.tally.twice += 1
            let (host, first, other) = (self.host, order, second)
            async let one = host.run(first, eras: eras)
            async let two = host.run(other, eras: eras)
            return try await [one, two]
        }
        return [try await self.host.run(order, eras: eras)]
    }

    /// The path under which another machine knows the archive.
    private func secondPath() throws -> String {
        let path = "\(self.year.archive)/mounted-elsewhere"
        if !FileManager.default.fileExists(atPath: path) {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: self.year.archive)
        }
        return path
    }

    private mutating func judge(_ results: [Result], slip: Double) throws {
        try self.inspector.look()
        let after = Set(self.inspector.tree.files.keys)
        try self.oracle.judge(results, before: self.before, after: after, slip: slip)
        let reports = results.compactMap(\.report)
        let isAtRest =
            !results.isEmpty && reports.allSatisfy { $0.exitCode == .ok || $0.exitCode == .incomplete }
            && results.allSatisfy { !$0.eras.isHindered && $0.order.cut == nil }
        if isAtRest {
            try self.inspector.requireAgreement(
                suffixes: results[0].order.suffixes,
                removed: self.oracle.removedFiles,
                unrecorded: self.oracle.unrecorded
            )
            self.oracle.hasBegun = false
        }
        if results.contains(where: { $0.report == nil }) { self.oracle.hasBegun = true }
        try self.inspector.requireSmallState(isAtRest: isAtRest)
        self.tally.runs += results.count
        self.tally.stopped += results.count { $0.report.map { $0.exitCode == .terminated } ?? false }
        self.tally.killed += results.count { $0.report == nil }
        self.tally.hindered += results.count { $0.eras.isHindered }
        self.tally.requests += reports.reduce(0) { $0 + $1.requests }
        self.tally.archived += reports.reduce(0) { $0 + $1.archived }
        self.tally.losses = self.oracle.losses
    }
}
