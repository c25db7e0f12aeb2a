import Foundation
import HyP3Mirror
import HyP3Simulator

/// One year of a project: a run every six hours, and whatever happens meanwhile.
struct Year {
    /// What came of it.
    struct Tally {
        var runs = 0
        var stopped = 0
        var killed = 0
        var twice = 0
        var hindered = 0
        var requests = 0
        var archived = 0
        var losses = 0
    }

    let seed: UInt64
    let days: Int
    /// An empty directory, on a small file system of its own where the disk is to be full at times.
    let archive: String
    let isTold: Bool

    private static let start = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01
    private static let interval = 6 * 3600.0

    /// - Throws: `Failure` with the history of what was found.
    func live() async throws -> Tally {
        let time = VirtualTime(Self.start.addingTimeInterval(-20 * 86400))
        var configuration = SimulatorConfiguration()
        configuration.clock = { time.calendar }
        configuration.keepsRequests = false
        return try await withSimulator(configuration) { simulator in
            let jobs = try await Harvest(seed: self.seed, start: Self.start, days: self.days).jobs(for: simulator)
            let host = Host(address: ServiceAddress(simulator), time: time)
            var life = Life(self, World(jobs, in: simulator), simulator, host, Self.start)
            for slot in 0..<self.days * 4 {
                do {
                    try await life.live(slot, at: Self.start.addingTimeInterval(Double(slot) * Self.interval + 600))
                } catch let finding as Finding {
                    throw Failure(seed: self.seed, slot: slot, finding: finding, history: life.history(of: finding))
                }
            }
            return life.tally
        }
    }

    /// A finding, and how it came about.
    struct Failure: Error, CustomStringConvertible {
        let seed: UInt64
        let slot: Int
        let finding: Finding
        let history: [String]

        var description: String {
            """
            seed \(self.seed), day \(self.slot / 4), run \(self.slot % 4): \(self.finding)
            \(self.history.map { "  \($0)" }.joined(separator: "\n"))
            """
        }
    }
}
