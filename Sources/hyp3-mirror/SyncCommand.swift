import ArgumentParser
import FoundationEssentials
import Glibc
import HyP3Mirror

struct SyncCommand: ProjectCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Fetch what is missing; the main job.",
        discussion: "\(CommandExample.text(Self.examples))\n\n\(SettingHelp.explanation)"
    )

    static let examples = [
        CommandExample("hyp3-mirror sync floods.json --archive /srv/archive", "archive what is missing"),
        CommandExample(
            "hyp3-mirror sync --quiet --archive /srv/archive /etc/hyp3-mirror/*.json",
            "from cron: all projects, with lines only where a person is needed"
        ),
        CommandExample(
            "hyp3-mirror sync floods.json --start 2024-06-01 --end 2024-09-30 --suffix _WM.tif",
            "backfill a season of water maps"
        ),
        CommandExample(
            "hyp3-mirror sync floods.json --limit-rate '08:00,2M 18:00,off' --max-runtime 8h --min-free 50G",
            "leave line and disk to others"
        ),
    ]

    static let groups = Setting.groups

    @OptionGroup var options: ProjectOptions<SyncCommand>

    func run() async throws {
        let manager = ServiceManager(ProcessInfo.processInfo.environment, process: getpid())
        let stop = CallStop { manager?.tell("STOPPING=1") }
        let configured = try Session.all(self.options.configurations, given: self.options.given)
        manager?.tell("READY=1")
        let kept = Task { await manager?.keep() }
        defer { kept.cancel() }
        let turns = await Session.turns(configured) { projects in
            await stop.run(limit: nil) { stop in
                do {
                    let found = try await projects.asked(stop: stop)
                    if projects.asksHyP3 { projects.outage.clear() }
                    return .success(found)
                } catch {
                    return .failure(error)
                }
            }
        }
        let sessions = turns.map(\.session)
        var outputs = SyncOutputs(sessions.map(\.settings))
        var statuses: [RunStatus] = []
        // What has no archive is told first, not after the hours of the others.
        let hasArchive = sessions.map { Self.hasArchive($0.settings) }
        let order = sessions.indices.filter { !hasArchive[$0] } + sessions.indices.filter { hasArchive[$0] }
        for index in order {
            let session = sessions[index]
            let run = await SyncSession(session, stop: stop, manager: manager).run(turns[index].failure)
            if run.needsSummary { StandardOutput.add(run.summary) }
            statuses.append(run.outcome.report.exitCode)
            for error in outputs.write(run, of: index) {
                StandardError.tell(sentence(of: error))
                statuses.append(RunStatus(error))
            }
        }
        manager?.tell("STOPPING=1")
        do throws(FilesystemError) {
            try StandardOutput.finish(within: .seconds(5))
        } catch {
            StandardError.tell("\(error)")
            statuses.append(RunStatus(error))
        }
        await configured.first?.service.close()
        throw RunStatus.merged(statuses).exit
    }

    private static func hasArchive(_ settings: ProjectSettings) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: settings.archiveDirectory, isDirectory: &isDirectory)
            && isDirectory
    }
}
