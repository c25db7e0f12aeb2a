import ArgumentParser
import FoundationEssentials
import HyP3Mirror

struct InitCommand: ProjectCommand {
    /// Where the configuration is written if nobody says where.
    static let defaultFile = "hyp3-mirror.json"

    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented starter configuration; asks nothing, overwrites nothing.",
        discussion: """
            \(CommandExample.text(Self.examples))

            Options are written into the file; all other keys stand there as comments. It is valid as it is.
            """
    )

    static let examples = [
        CommandExample("hyp3-mirror init floods.json", "write floods.json, to be edited"),
        CommandExample(
            "hyp3-mirror init floods.json --name HKHwatermaps --archive /srv/archive --suffix _WM.tif",
            "the same, with what is known already"
        ),
        CommandExample(
            "hyp3-mirror init --from-account --host https://hyp3-watermap.asf.alaska.edu",
            "list the names of the account's jobs with counts and dates, to choose from; writes nothing"
        ),
    ]

    static let groups = Setting.groups
    static let ownFlags = ["--from-account": false]
    static let argument = ArgumentHelp("Where to write it; \(Self.defaultFile) if it is left out.", valueName: "file")
    static let needsArgument = false

    @OptionGroup var options: ProjectOptions<InitCommand>

    @Flag(help: "List the names of the account's jobs instead, with counts and dates; needs --host.")
    var fromAccount = false

    func run() async throws {
        let files = self.options.configurations
        if self.fromAccount {
            guard files.isEmpty else {
                throw ValidationError("--from-account writes nothing; leave \(ForeignText.quoted(files[0])) out")
            }
            try await self.list()
            return
        }
        guard files.count < 2 else { throw ValidationError("init writes one file, not \(files.count)") }
        try self.write(files.first ?? Self.defaultFile)
    }

    private func write(_ file: String) throws {
        do {
            let directory = FileManager.default.currentDirectoryPath
            let starter = try StarterConfiguration(self.options.given, at: file, workingDirectory: directory)
            try starter.write(to: file)
        } catch {
            StandardError.tell(sentence(of: error))
            throw RunStatus(error).exit
        }
        try show("\(ForeignText.shown(file)) is written; next: hyp3-mirror plan \(ForeignText.shown(file))")
    }

    private func list() async throws {
        guard let session = try Session.withoutConfiguration(given: self.options.given) else {
            throw ValidationError(
                "--from-account needs --host, as in --host https://hyp3-watermap.asf.alaska.edu"
            )
        }
        let stop = RunStop()
        let task = Task {
            var log = EventLog(logger: session.logger)
            return try await session.accountJobs.run(stop: stop) { log.tell($0) }
        }
        stop.onRequest { task.cancel() }
        let listing: AccountJobs.Listing
        do {
            listing = try await task.value
        } catch {
            StandardError.tell(sentence(of: error))
            throw RunStatus(error).exit
        }
        try show(listing.lines.joined(separator: "\n"))
    }
}
