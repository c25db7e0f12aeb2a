import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What somebody before a terminal sees.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TerminalTests {
    private static let bytes = Content.pattern(seed: 9, count: 6 << 20).bytes
    private static let file = MirrorFixture.stem + "_x.bin"

    private func withStalledProduct(
        width: Int,
        height: Int,
        _ body: (MirrorFixture, TerminalScreen) async throws -> Void
    ) async throws {
        try await withProduct(Self.bytes, faults: [Fault(.object, effect: .stall(after: 2_000_000))]) { mirror in
            try await TerminalScreen.run(
                mirror.words("sync", ["--connections", "1"]),
                environment: mirror.tokenEnvironment,
                width: width,
                height: height,
                directory: mirror.archive
            ) { try await body(mirror, $0) }
        }
    }

    /// The rows that only a display writes.
    private static func drawn(_ rows: [String]) -> [String] {
        rows.filter { $0.contains("0/1 products") || $0.contains(" % of ") || $0.contains("[....") }
    }

    @Test(.enabled(if: TerminalScreen.isThere, "tmux is missing"))
    func `a run is two lines at the bottom, in a window of any size, and none once it has ended`() async throws {
        try await self.withStalledProduct(width: 80, height: 24) { mirror, screen in
            let share = Int64(2_000_000 / StagedFile.chunkSize * StagedFile.chunkSize) * 100 / Int64(Self.bytes.count)
            func isDrawn(_ rows: [String]) -> Bool { rows.contains { $0.contains("\(share) % of 6.3 MB") } }
            var rows = try await screen.rows(when: isDrawn)
            #expect(Self.drawn(rows) == Array(rows.suffix(2)), "\(rows)")
            // Nothing of it is proven yet.
            #expect(rows.suffix(2).first?.contains(".] 0 B of 6.3 MB, 0/1 products") == true, "\(rows)")
            for (width, height) in [(40, 24), (200, 50), (120, 30), (80, 24)] {
                try await screen.resize(width: width, height: height)
                rows = try await screen.rows { rows in
                    isDrawn(rows) && rows.last.map { $0.contains(Self.file) == (width >= 80) } == true
                        && rows.suffix(2).first?.contains("0 B of 6.3 MB, 0/1 prod") == true
                        && rows.allSatisfy { $0.count <= width }
                }
                #expect(rows.count { $0.contains(" % of ") } == 1, "\(width): \(rows)")
                #expect(rows.count { $0.contains("0 B of 6.3") } == 1, "\(width): \(rows)")
            }
            mirror.simulator.faults.removeAll()
            mirror.simulator.faults.letGo()
            rows = try await screen.rows { $0.contains("exit 0") }
            #expect(rows.contains { $0.hasPrefix("floods: 1 archived (6.3 MB in ") }, "\(rows)")
            let all = try await screen.rows(hasScrolled: true)
            #expect(Self.drawn(all).isEmpty && all.joined().contains(" info archived "), "\(all)")
            #expect(mirror.bytes(Self.file) == Self.bytes)
        }
    }

    @Test(.enabled(if: TerminalScreen.isThere, "tmux is missing"))
    func `Ctrl-C leaves nothing of it but the word that it stops, and the summary`() async throws {
        func isDrawn(_ rows: [String]) -> Bool { !Self.drawn(rows).isEmpty }
        func hasEnded(_ rows: [String]) -> Bool { rows.contains("exit 130") }
        try await self.withStalledProduct(width: 80, height: 24) { mirror, screen in
            var rows = try await screen.rows(when: isDrawn)
            try await screen.type("C-c")
            rows = try await screen.rows(when: hasEnded)
            #expect(Self.drawn(rows).isEmpty, "\(rows)")
            #expect(rows.contains { $0.contains("stopping; ") }, "\(rows)")
            #expect(rows.contains { $0.hasPrefix("floods: stopped (") }, "\(rows)")
            #expect(mirror.bytes(Self.file) == nil)
        }
    }

    /// Everything that a program sends a terminal, by script(1).
    private func sent(
        _ mirror: MirrorFixture,
        _ variables: [String: String],
        _ options: [String] = []
    ) async throws
        -> CommandResult
    {
        let script = "script -qefc \"$(printf '%q ' \"$@\")\" /dev/null"
        return try await mirror.run(
            "sync",
            options,
            environment: mirror.tokenEnvironment.merging(variables) { $1 },
            prefix: ["bash", "-c", script, "bash"]
        )
    }

    @Test func `the phases before the first byte are shown, and the last thing sent takes all of it away`()
        async throws
    {
        try await withProduct(Self.bytes) { mirror in
            let result = try await self.sent(mirror, ["TERM": "xterm"])
            #expect(result.exit == 0 && result.output.contains("floods: HyP3: logging in"), "\(result.output)")
            let parts = result.output.components(separatedBy: "\u{1B}[")
            // Up, right, clear, and nothing else; no colour.
            let known = ["1A", "C", "J", "K", "?7l", "?7h"]
            #expect(parts.dropFirst().allSatisfy { part in known.contains { part.hasPrefix($0) } }, "\(parts)")
            let last = try #require(parts.last)
            #expect(last.hasPrefix("J") && last.contains("floods: 1 archived"), "\(parts)")
        }
    }

    @Test(arguments: [["TERM": "dumb"], [:]], [[], ["--progress", "always"]])
    func `a terminal that cannot go back gets plain lines`(
        variables: [String: String],
        options: [String]
    )
        async throws
    {
        try await withProduct(Self.bytes) { mirror in
            let result = try await self.sent(mirror, variables, options)
            #expect(result.exit == 0 && !result.output.contains("\u{1B}"), "\(result.output)")
            #expect(result.output.contains(" info archived ") && result.output.contains("floods: 1 archived"))
        }
    }

    @Test(arguments: [["--progress", "never"], ["--quiet"]])
    func `who wants none gets none`(options: [String]) async throws {
        try await withProduct(Self.bytes) { mirror in
            let result = try await self.sent(mirror, ["TERM": "xterm"], options)
            #expect(result.exit == 0 && !result.output.contains("\u{1B}"), "\(result.output)")
        }
    }
}
