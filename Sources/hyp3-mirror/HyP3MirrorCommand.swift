import ArgumentParser
import CLinux
import Glibc
import HyP3Mirror

@main
struct HyP3MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyp3-mirror",
        abstract: "Archives the products of HyP3 jobs before HyP3 deletes them: verified, resumable, for years.",
        discussion: """
            hyp3-mirror init floods.json                           writes a configuration to begin with
            hyp3-mirror plan floods.json --archive /srv/archive    shows what would be done, and why
            hyp3-mirror sync floods.json --archive /srv/archive    does it
            hyp3-mirror verify floods.json --archive /srv/archive  reads the archive again: is all as it was archived?
            hyp3-mirror report floods.json --archive /srv/archive  what it holds, what is at risk, what was lost
            hyp3-mirror doctor floods.json --archive /srv/archive  tries all that sync needs, and names the cures
            hyp3-mirror help sync                                  tells of all options, with examples
            hyp3-mirror help config                                tells of every key of a configuration
            hyp3-mirror help man                                   lists the pages of the manual; one follows its name

            \(SettingHelp.explanation)

            Exit status: 0 all archived; 1 some products could not be had; 64 usage; 65 damage; 69 HyP3 or the bucket unavailable; \
            74 storage, or output that could not be written; 75 try again as is; 77 login or credentials; \
            78 configuration; 129, 130, 143 stopped by a signal.
            """,
        version: ([Version.text] + Version.libraries).joined(separator: "\n"),
        subcommands: Self.commands
    )

    /// In the order of help and manual.
    static let commands: [any TaughtCommand.Type] = [
        SyncCommand.self, PlanCommand.self, VerifyCommand.self, ReportCommand.self, DoctorCommand.self,
        InitCommand.self, CompletionsCommand.self,
    ]

    static func main() async {
        // Before there is a second thread, and before the first file.
        linux_share_arenas()
        Descriptor.prepare()
        ThreadRoom.require()
        RuntimeWatch.begin()
        let status = await Self.status(of: CommandLine.arguments)
        StandardError.flush(within: .seconds(1))
        Glibc.exit(status.rawValue)
    }

    private static func status(of arguments: [String]) async -> ExitCode {
        guard !arguments.isEmpty else {
            StandardError.tell(
                "arguments are read from /proc, which is not mounted here; run: mount -t proc proc /proc"
            )
            return RunStatus.configuration.exit
        }
        let words = Array(arguments.dropFirst())
        do {
            if let mistake = MistakenWord.first(in: words) { throw mistake }
            if let topic = try HelpTopic.asked(for: words) { return Self.show(try topic.text()) }
            var command = try await Self.asyncParseAsRoot(words)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch let mistake as MistakenWord {
            StandardError.tell(mistake.sentence)
            StandardError.write(Self.usage)
            return RunStatus.usage.exit
        } catch let code as ExitCode {
            return code
        } catch {
            let code = Self.exitCode(for: error)
            guard code.isSuccess else {
                for line in Self.message(for: error).split(separator: "\n") { StandardError.tell(String(line)) }
                StandardError.write(Self.usage)
                return RunStatus.usage.exit
            }
            // Help was asked for, or the version.
            return Self.show(Self.fullMessage(for: error))
        }
    }

    private static func show(_ text: String) -> ExitCode {
        do {
            try hyp3_mirror.show(text)
        } catch let code as ExitCode {
            return code
        } catch {
            return RunStatus(error).exit
        }
        return .success
    }

    private static let usage = """
        Usage: hyp3-mirror sync|plan|verify|report|doctor CONFIG... [--archive DIR] [options]
               hyp3-mirror init [FILE]
               hyp3-mirror help, or hyp3-mirror help sync, tells of all of them

        """

    /// A line of cron that lost its words must not count as a success.
    func run() async throws {
        throw ValidationError("a command is missing: \(MistakenWord.known(or: true))")
    }
}

extension RunStatus {
    var exit: ExitCode { ExitCode(self.rawValue) }
}
