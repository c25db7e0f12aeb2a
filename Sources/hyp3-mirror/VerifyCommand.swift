import ArgumentParser
import HyP3Mirror

struct VerifyCommand: ProjectCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the archive again and hold it against its record; changes nothing unless asked to.",
        discussion: """
            \(CommandExample.text(Self.examples))

            A line for each file that is not as it was archived: rot (other bytes, though nobody wrote to it), edited, \
            cut-short, missing, unreadable; moved (and followed in the records), unknown (in no record). What was not \
            looked at for longest comes first, so that a run that is stopped is gone on with by the next one. Needs \
            neither network nor login, but for --repair and --adopt.

            With --repair, a file that somebody wrote to is put aside only where HyP3 has one to take its place.

            Exit status: 0 all that was looked at is as it was archived, after --repair also what was damaged and is \
            healed (a line tells of each); 65 there is damage; 74 something cannot be \
            read; 75 another run is at work, or --max-runtime is over.

            \(SettingHelp.explanation)
            """
    )

    static let examples = [
        CommandExample("hyp3-mirror verify floods.json --archive /srv/archive", "read all of an archive again"),
        CommandExample(
            "hyp3-mirror verify floods.json --sample 1/30 --quiet",
            "from cron each night: all of it in a month"
        ),
        CommandExample("hyp3-mirror verify floods.json --repair", "put damage aside and fetch it anew"),
        CommandExample("hyp3-mirror verify floods.json --adopt", "take in files that were there before"),
    ]

    static let groups: [any SettingGroup.Type] = [
        ProjectGroup.self, ServiceGroup.self, TransferGroup.self, VerifyOutputGroup.self, MessageGroup.self,
    ]
    static let ownFlags = ["--sample": true, "--repair": false, "--adopt": false]

    @OptionGroup var options: ProjectOptions<VerifyCommand>

    @Option(
        help: ArgumentHelp(
            "Only so much of the archive, what was not looked at for longest: 1/30 each night is all of it in a month.",
            valueName: "k/n"
        )
    )
    var sample: String?

    @Flag(help: "Put damaged files aside (.hyp3-mirror/quarantine), and fetch again what HyP3 still has.")
    var repair = false

    @Flag(help: "Take in files that were there before: checked, and compared with the service while it has them.")
    var adopt = false

    func run() async throws {
        let stop = CallStop()
        var options = Verify.Options()
        do throws(InvalidValue) {
            options.sample = try self.sample.map { text throws(InvalidValue) in try Shard(text) }
        } catch {
            StandardError.tell("--sample \(ForeignText.quoted(self.sample ?? "")) \(error.advice)")
            throw RunStatus.usage.exit
        }
        options.repairs = self.repair
        options.adopts = self.adopt
        let configured = try Session.all(self.options.configurations, given: self.options.given)
        let turns = await Session.turns(configured) { projects in Result { try projects.there() } }
        var statuses: [RunStatus] = []
        for failure in turns.compactMap(\.failure) {
            StandardError.tell(failure.sentence)
            statuses.append(failure.status)
        }
        let sessions = turns.filter { $0.failure == nil }.map(\.session)
        var outputs = VerifyOutputs(sessions.map(\.settings))
        for (index, session) in sessions.enumerated() {
            let run = await VerifySession(session, stop: stop).run(options)
            StandardOutput.add(run.summary)
            statuses.append(run.outcome.report.exitCode)
            do {
                try outputs.write(run.outcome, of: index)
            } catch {
                StandardError.tell(sentence(of: error))
                statuses.append(RunStatus(error))
            }
        }
        do throws(FilesystemError) {
            try StandardOutput.finish(within: .seconds(5))
        } catch {
            StandardError.tell(sentence(of: error))
            statuses.append(RunStatus(error))
        }
        await configured.first?.service.close()
        throw RunStatus.merged(statuses).exit
    }
}
