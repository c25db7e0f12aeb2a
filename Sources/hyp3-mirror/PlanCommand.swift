import ArgumentParser
import HyP3Mirror

struct PlanCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
        case urls
    }

    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what sync would do and why, file by file; changes nothing."
    )

    @OptionGroup(title: "Selection") var selection: SelectionOptions

    @Option(help: "table, json (one object a line), or urls (those sync would fetch, for aria2c -i).")
    var format = Format.table

    func run() async throws {
        var statuses: [RunStatus] = []
        for path in self.selection.configurations {
            do {
                let session = try Session(
                    configuration: path,
                    given: self.selection.given,
                    accepting: SelectionOptions.names.union(TransferOptions.names)
                )
                let mirror = Mirror(session.settings, environment: session.environment, logger: session.logger)
                let log = EventLog(logger: session.logger)
                self.show(try await mirror.plan { log.tell($0) }, project: session.settings.name)
                statuses.append(.ok)
            } catch {
                StandardError.write("hyp3-mirror: \(error)\n")
                statuses.append(RunStatus(error))
            }
        }
        throw ExitCode(RunStatus.merged(statuses).rawValue)
    }

    private func show(_ plan: Plan, project: String) {
        switch self.format {
        case .table: PlanTable(plan, project: project).write { print($0) }
        case .json: for product in plan.products() { print(product.jsonLine) }
        case .urls: for url in plan.urls { print(url) }
        }
    }
}
