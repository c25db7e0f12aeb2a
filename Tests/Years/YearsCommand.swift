import ArgumentParser
import Foundation

/// Lives simulated years, and fails at the first thing that is not as a perfect archiver would have it.
@main
struct YearsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyp3-years",
        abstract: "Years of runs every six hours against a simulated HyP3, on virtual time.",
        discussion: "What went before a finding is told with it; the same seed brings the same year."
    )

    @Option(help: "Seed of the first year.")
    var seed: UInt64 = 1

    @Option(help: "Years to live, of one seed after the other.")
    var years = 1

    @Option(help: "From one seed to the next.")
    var step: UInt64 = 1

    @Option(help: "Days of a year.")
    var days = 365

    @Option(help: "Where archives are made; a file system of less than 512 MiB is filled at times.")
    var directory = FileManager.default.temporaryDirectory.path

    @Option(help: .hidden)
    var killedRun: String?

    @Flag(help: "Tell whatever happens.")
    var verbose = false

    func run() async throws {
        if let killedRun = self.killedRun { return try await KilledRun.live(killedRun) }
        var failures = 0
        for seed in (0..<UInt64(self.years)).map({ self.seed + $0 * self.step }) {
            let archive = "\(self.directory)/seed-\(seed)"
            try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: archive) }
            let start = ContinuousClock.now
            do {
                let year = Year(seed: seed, days: self.days, archive: archive, isTold: self.verbose)
                let tally = try await year.live()
                let seconds = start.duration(to: .now).components.seconds
                say(
                    """
                    seed \(seed): \(self.days) days in \(seconds) s: \(tally.runs) runs (\(tally.hindered) hindered, \
                    \(tally.killed) killed, \(tally.stopped) stopped, \(tally.twice) by two at once), \
                    \(tally.requests) requests, \(tally.archived) products archived, \(tally.losses) lost and told
                    """
                )
            } catch let failure as Year.Failure {
                failures += 1
                say("\(failure)")
            }
        }
        if failures > 0 { throw ExitCode.failure }
    }
}
