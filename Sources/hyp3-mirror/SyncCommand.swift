import ArgumentParser
import HyP3Mirror

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Fetch what is missing; the main job."
    )

    @OptionGroup(title: "Selection") var selection: SelectionOptions
    @OptionGroup(title: "Transfer") var transfer: TransferOptions

    func run() async throws {
        let stop = RunStop()
        var statuses: [RunStatus] = []
        var reports: [RunReport] = []
        for path in self.selection.configurations where stop.cause == nil {
            do {
                let session = try Session(
                    configuration: path,
                    given: self.selection.given.merging(self.transfer.given) { first, _ in first },
                    accepting: SelectionOptions.names.union(TransferOptions.names)
                )
                let report = try await SyncSession(session, stop: stop).run(before: reports)
                reports.append(report)
                statuses.append(report.exitCode)
            } catch {
                StandardError.write("hyp3-mirror: \(error)\n")
                statuses.append(RunStatus(error))
            }
        }
        throw ExitCode(RunStatus.merged(statuses).rawValue)
    }
}
