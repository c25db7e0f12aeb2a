import ArgumentParser
import HyP3Mirror

struct DoctorCommand: ProjectCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try all that sync needs, and say of each what would put it right; a line each.",
        discussion: """
            \(CommandExample.text(Self.examples))

            Each line begins with ok; note, where sync works and somebody should know; BAD, where sync would fail; or -, \
            where something else must be put right first. Exit status: 0 only if sync would work, else what sync would end \
            with. A directory for trials is made in the archive and removed again.

            \(SettingHelp.explanation)
            """
    )

    static let examples = [
        CommandExample("hyp3-mirror doctor floods.json --archive /srv/archive", "find out why nothing comes"),
        CommandExample(
            "hyp3-mirror doctor floods.json --archive /srv/archive && hyp3-mirror sync floods.json --archive /srv/archive",
            "try before the first run"
        ),
    ]

    static let groups: [any SettingGroup.Type] = [
        ProjectGroup.self, SelectionGroup.self, ServiceGroup.self, TransferGroup.self, MessageGroup.self,
    ]

    @OptionGroup var options: ProjectOptions<DoctorCommand>

    func run() async throws {
        let sessions = try Session.all(
            self.options.configurations,
            given: self.options.given,
            patience: Doctor.patience
        )
        var statuses: [RunStatus] = []
        for session in sessions {
            if sessions.count > 1 { StandardOutput.add(session.path) }
            let stop = RunStop()
            let task = Task { try await session.doctor.run(stop: stop) { StandardOutput.add($0.line) } }
            stop.onRequest { task.cancel() }
            do {
                statuses.append(try await task.value)
            } catch {
                StandardError.tell(sentence(of: error))
                statuses.append(RunStatus(error))
            }
        }
        await sessions.first?.service.close()
        do throws(FilesystemError) {
            try StandardOutput.finish(within: .seconds(5))
        } catch {
            StandardError.tell("\(error)")
            statuses.append(RunStatus(error))
        }
        throw RunStatus.merged(statuses).exit
    }
}
