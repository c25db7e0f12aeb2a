import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Logging

/// A machine that runs the mirror: the library as the command has it, on virtual time.
struct Host: Sendable {
    let address: ServiceAddress
    let time: VirtualTime

    /// Runs one sync to its end.
    func run(_ order: Order, eras: [Era.Kind]) async throws -> Result {
        let started = self.time.now
        let word: Result.Word? =
            if case .kill = order.cut {
                try await KilledRun(address: self.address, order: order, now: started, slip: self.time.slip).live()
            } else {
                try await self.sync(order)
            }
        return Result(order: order, started: started, ended: self.time.now, word: word, eras: eras)
    }

    /// The run in this process.
    func sync(_ order: Order) async throws -> Result.Word {
        let pace = self.time.pace(seed: order.seed)
        let settings = try order.settings(self.address, now: pace.now())
        let archive = Archive(settings, logger: Logger(label: "year") { _ in SwiftLogNoOpLogHandler() })
        let session = ServiceSession(
            environment: ["EDL_USERNAME": self.address.username, "EDL_PASSWORD": self.address.password],
            pace: pace
        )
        let outcome = await Self.run(Sync(settings, archive, session), order.cut)
        var json: [UInt8] = []
        try RunReports.write([(outcome.report, outcome.rows)], isOne: true) { json += $0 }
        var paths: [UInt8] = []
        try outcome.newFiles.read { paths += $0 }
        let root = "\(order.archive)/\(World.project)/"
        return Result.Word(
            report: try RunReport(json: json),
            newFiles: String(decoding: paths, as: UTF8.self).split(separator: "\n").map {
                $0.hasPrefix(root) ? String($0.dropFirst(root.utf8.count)) : String($0)
            }
        )
    }

    private static func run(_ sync: Sync, _ cut: Order.Cut?) async -> Sync.Outcome {
        let stop = RunStop()
        let task = Task {
            var events = 0
            return await sync.run(stop: stop, traffic: Traffic()) { _ in
                events += 1
                if case .stop(let event) = cut, events == event { stop.request(.signal(15)) }
            }
        }
        stop.onRequest { task.cancel() }
        return await task.value
    }
}
