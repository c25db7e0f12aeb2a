import Foundation
import Testing

/// A terminal of tmux(1)'s with a command in it: what somebody before it would see.
struct TerminalScreen {
    static let isThere = exitStatus(["tmux", "-V"]) == 0

    private let socket: String
    private let directory: String

    /// Runs `words` in a window, and `body`; the terminal goes with it.
    static func run(
        _ words: [String],
        environment: [String: String],
        width: Int,
        height: Int,
        directory: String,
        _ body: (TerminalScreen) async throws -> Void
    ) async throws {
        let screen = TerminalScreen(socket: "\(directory)/tmux", directory: directory)
        // In the foreground: a server that goes its own way outlives a test that dies, and some containers have none.
        let server = try screen.start(["-D"])
        let variables = environment.map { "\($0)=\($1)" }
        // The window stays after the command's end.
        let shell = ["sh", "-c", "trap : INT; \"$@\"; echo \"exit $?\"; exec cat", "sh", "env"] + variables + words
        let size = ["-x", "\(width)", "-y", "\(height)"]
        let end = ContinuousClock.now + .seconds(20)
        while !FileManager.default.fileExists(atPath: screen.socket) { try #require(ContinuousClock.now < end) }
        let started = try await screen.tmux(["new-session", "-d"] + size + ["--"] + shell)
        do {
            try #require(started.exit == 0, "\(started.errors)")
            try await body(screen)
        } catch {
            server.signal(SIGTERM)
            _ = await server.result()
            throw error
        }
        server.signal(SIGTERM)
        _ = await server.result()
    }

    /// The rows with what there is in them, from the top.
    ///
    /// - Parameter hasScrolled: with those that have left the window.
    func rows(hasScrolled: Bool = false) async throws -> [String] {
        let words = ["capture-pane", "-p"] + (hasScrolled ? ["-S", "-"] : [])
        return try await self.tmux(words).output.split(separator: "\n").map(String.init)
    }

    /// Looks until the rows are as they should be; at most a minute.
    func rows(when isSo: ([String]) -> Bool) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let rows = try await self.rows()
            if isSo(rows) { return rows }
            try #require(ContinuousClock.now < end, "\(rows)")
        }
    }

    func resize(width: Int, height: Int) async throws {
        let done = try await self.tmux(["resize-window", "-x", "\(width)", "-y", "\(height)"])
        try #require(done.exit == 0, "\(done.errors)")
    }

    func type(_ key: String) async throws {
        let done = try await self.tmux(["send-keys", key])
        try #require(done.exit == 0, "\(done.errors)")
    }

    private func tmux(_ words: [String]) async throws -> CommandResult { try await self.start(words).result() }

    private func start(_ words: [String]) throws -> RunningCommand {
        try RunningCommand(
            ["tmux", "-u", "-f", "/dev/null", "-S", self.socket] + words,
            environment: ["TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": self.directory],
            directory: self.directory
        )
    }
}
