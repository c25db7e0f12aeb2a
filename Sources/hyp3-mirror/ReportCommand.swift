import ArgumentParser
import HyP3Mirror

struct ReportCommand: ProjectCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Say what the archive holds, what is at risk and what was lost; changes nothing.",
        discussion: """
            \(CommandExample.text(Self.examples))

            Five lines: is it complete, and as of when; the last good run; what HyP3 deletes soon and is not archived, \
            and why; what was lost; how long the disk will do, and when the files were last verified. Of several \
            projects a line each, and the sum. It reads what runs have left, and needs neither network nor login, but \
            for --online. What no run has left word of is told as unknown.

            With --json, config/report-schema.json tells of each field; what stands under resubmit is what the \
            submit_prepared_jobs of hyp3_sdk takes.

            Exit status: 0 the report was made, whatever it says; 74 the archive cannot be read.

            \(SettingHelp.explanation)
            """
    )

    static let examples = [
        CommandExample("hyp3-mirror report floods.json --archive /srv/archive", "is all well?"),
        CommandExample("hyp3-mirror report floods.json --json", "the same, and the lists, for another program"),
        CommandExample("hyp3-mirror report floods.json --html /srv/www/floods.html", "a page for the wall"),
        CommandExample("hyp3-mirror report --online floods.json", "ask HyP3 first"),
    ]

    static let groups: [any SettingGroup.Type] = [
        ProjectGroup.self, SelectionGroup.self, ServiceGroup.self, MessageGroup.self,
    ]
    static let ownFlags = ["--json": false, "--online": false, "--html": true]

    @OptionGroup var options: ProjectOptions<ReportCommand>

    @Flag(help: "One JSON document instead of lines.")
    var json = false

    @Option(
        help: ArgumentHelp("Also write one self-contained page for people.", valueName: "file"),
        completion: .file()
    )
    var html: String?

    @Flag(help: "Ask HyP3 first, instead of telling what it said to the last run.")
    var online = false

    func run() async throws {
        let configured = try Session.all(self.options.configurations, given: self.options.given)
        let turns = await Session.turns(configured) { projects in Result { try projects.there() } }
        var statuses: [RunStatus] = []
        var reports: [ArchiveReport] = []
        for turn in turns {
            if let failure = turn.failure {
                StandardError.tell(failure.sentence)
                statuses.append(failure.status)
                continue
            }
            let session = turn.session
            do {
                reports.append(try await self.report(session))
            } catch {
                StandardError.tell(sentence(of: error))
                statuses.append(RunStatus(error))
            }
        }
        await configured.first?.service.close()
        if !reports.isEmpty {
            try self.show(ArchiveReports(reports))
            if let html = self.html {
                do {
                    try replaceFile(at: html, with: try ReportPage(reports, images: PageImages(of: reports)).bytes())
                } catch {
                    StandardError.tell(sentence(of: error))
                    statuses.append(RunStatus(error))
                }
            }
        }
        throw RunStatus.merged(statuses).exit
    }

    private func report(_ session: Session) async throws -> ArchiveReport {
        let (stop, isOnline) = (RunStop(), self.online)
        let task = Task {
            var log = EventLog(logger: session.logger)
            return try await session.reporting.run(isOnline: isOnline, stop: stop) { log.tell($0) }
        }
        stop.onRequest { task.cancel() }
        return try await task.value
    }

    private func show(_ reports: ArchiveReports) throws {
        if self.json {
            let text = String(decoding: try reports.document.dropLast(), as: UTF8.self)
            try hyp3_mirror.show(text)
        } else {
            try hyp3_mirror.show(reports.lines.joined(separator: "\n"))
        }
    }
}
