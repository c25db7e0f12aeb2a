import ArgumentParser
import CLinux
import HyP3Mirror

@main
struct HyP3MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hyp3-mirror",
        abstract: "Archives the products of HyP3 jobs before HyP3 deletes them: verified, resumable, for years.",
        discussion: """
            Exit status: 0 all archived; 1 some products could not be had; 64 usage; 69 HyP3 or the bucket unavailable; \
            74 storage; 75 try again as is; 77 login or credentials; 78 configuration; 130, 143 stopped by a signal.
            """,
        version: Mirror.version,
        subcommands: [SyncCommand.self, PlanCommand.self]
    )

    static func main() async {
        // Before there is a second thread.
        linux_share_arenas()
        await Self.main(nil)
    }

    /// A line of cron that lost its words must not count as a success.
    func run() async throws {
        throw ValidationError("Missing a subcommand: sync or plan")
    }
}
