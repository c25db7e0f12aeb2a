import ArgumentParser
import HyP3Mirror

struct PlanCommand: ProjectCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
        case urls
    }

    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what sync would do and why, file by file; changes nothing.",
        discussion: "\(CommandExample.text(Self.examples))\n\n\(SettingHelp.explanation)"
    )

    static let examples = [
        CommandExample("hyp3-mirror plan floods.json --archive /srv/archive", "show what sync would do, and why"),
        CommandExample("hyp3-mirror plan floods.json --summary", "how much, how urgent, and whether it fits the disk"),
        CommandExample("hyp3-mirror plan floods.json --state lost --format json", "what is lost, one object a line"),
        CommandExample("hyp3-mirror plan floods.json --format urls | aria2c -i -", "let another program fetch"),
    ]

    static let groups: [any SettingGroup.Type] = [
        ProjectGroup.self, SelectionGroup.self, ServiceGroup.self, MessageGroup.self,
    ]
    static let ownFlags = ["--format": true, "--state": true, "--summary": false]

    @OptionGroup var options: ProjectOptions<PlanCommand>

    @Option(help: "table, json (one object a line), or urls (those sync would fetch, for aria2c -i).")
    var format = Format.table

    @Option(
        help: ArgumentHelp(
            "Name only the products in this state, e.g. fetch, absent or lost; repeat for more.",
            valueName: "state"
        )
    )
    var state: [ProductState] = []

    @Flag(help: "Only what is to come, in a hurry, gone and suspicious, and the disk afterwards.")
    var summary = false

    func run() async throws {
        var statuses: [RunStatus] = []
        let configured = try Session.all(self.options.configurations, given: self.options.given)
        let turns = await Session.turns(configured) { await Self.find($0) }
        for turn in turns {
            let session = turn.session
            if let failure = turn.failure {
                StandardError.tell(failure.sentence)
                statuses.append(failure.status)
                continue
            }
            do {
                let plan = try await Self.plan(session)
                var writer = ResultWriter()
                try self.show(plan, project: session.settings.name, to: &writer)
                try writer.flush()
                if let suspicion = plan.suspicion { StandardError.tell(suspicion) }
                statuses.append(plan.suspicion == nil ? .ok : .configuration)
            } catch is ResultWriter.Enough {
                statuses.append(.ok)
                break
            } catch {
                StandardError.tell(sentence(of: error))
                statuses.append(RunStatus(error))
            }
        }
        await configured.first?.service.close()
        throw RunStatus.merged(statuses).exit
    }

    private static func find(_ projects: SeveralProjects) async -> Result<[SeveralProjects.Found], any Error> {
        let stop = RunStop()
        let task = Task { try await projects.asked(stop: stop) }
        stop.onRequest { task.cancel() }
        return await task.result
    }

    private static func plan(_ session: Session) async throws -> Plan {
        let stop = RunStop()
        let task = Task {
            var log = EventLog(logger: session.logger)
            return try await session.preview.run(stop: stop) { log.tell($0) }
        }
        stop.onRequest { task.cancel() }
        return try await task.value
    }

    private func show(_ plan: Plan, project: String, to writer: inout ResultWriter) throws {
        let states = self.summary ? [] : self.state.isEmpty ? nil : Set(self.state)
        switch self.format {
        case .table: try PlanTable(plan, project: project).write(states) { try writer.write($0) }
        case .json:
            for product in plan.products(states ?? Set(ProductState.allCases)) { try writer.write(product.jsonLine) }
        case .urls: for url in plan.urls { try writer.write(url) }
        }
    }
}

extension ProductState: ExpressibleByArgument {}
