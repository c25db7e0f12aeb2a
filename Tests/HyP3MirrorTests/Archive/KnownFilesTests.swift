import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `Known files` {
    /// A line of a manifest.
    ///
    /// - Parameters:
    ///   - minute: when it was written.
    ///   - digest: the first digit of it.
    private static func line(_ path: String, _ minute: Int, digest: String = "a", moved: Int? = nil) -> String {
        let sha256 = digest + String(repeating: "0", count: 63)
        let move = moved.map { #""moved":"2026-11-02T10:\#(CivilTime.padded($0, 2)):00Z","# } ?? ""
        return #"{"archived":"2026-11-02T10:\#(CivilTime.padded(minute, 2)):00Z","check":"md5-etag","job_id":"j","#
            + #""job_type":"T",\#(move)"path":"\#(path)","requested":"2026-11-01T00:00:00Z","schema":1,"#
            + #""sha256":"\#(sha256)","size":10,"url":"https://b.example/x"}"# + "\n"
    }

    private static func verified(
        _ path: String,
        _ minute: Int,
        _ result: String = "intact",
        modified: Int = 5
    ) -> String {
        #"{"modified":\#(modified),"path":"\#(path)","result":"\#(result)","schema":1,"#
            + #""verified":"2026-11-02T10:\#(CivilTime.padded(minute, 2)):00Z"}"# + "\n"
    }

    private static func withProject(
        _ manifests: [String: String],
        log: String = "",
        _ body: (ProjectDirectory, KnownFiles) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            try FileManager.default.createDirectory(atPath: project.state, withIntermediateDirectories: false)
            for (name, text) in manifests {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(project.state)/\(name)"))
            }
            try Data(log.utf8).write(to: URL(fileURLWithPath: project.verified))
            try body(project, try KnownFiles(project))
        }
    }

    private static func paths(_ known: KnownFiles) throws -> [String] {
        let lines = try ManifestLines(known.manifests)
        return try known.all.map { try lines.entry(at: $0.place)?.path ?? "" }.sorted()
    }

    /// The lines of manifests, and the paths that count.
    static let cases: [([String: String], [String])] = [
        (["manifest.jsonl": line("a", 1) + line("b", 2) + #"{"torn"#], ["a", "b"]),
        // Fetched anew.
        (["manifest.jsonl": line("a", 1) + line("a", 2, digest: "b")], ["a"]),
        (["manifest.jsonl": line("a", 1) + line("2026/a", 1, moved: 3)], ["2026/a"]),
        // Two jobs' own files of one name.
        (["manifest.jsonl": line("j1/a", 1) + line("j2/a", 2, digest: "b")], ["j1/a", "j2/a"]),
        (
            ["manifest.jsonl": line("j1/a", 1) + line("j2/a", 2, digest: "b") + line("x/a", 2, digest: "b", moved: 3)],
            ["j1/a", "x/a"]
        ),
        (["manifest.jsonl": line("a", 1), "manifest-1-of-2.jsonl": line("b", 1)], ["a", "b"]),
        // Moved there and back again.
        (["manifest.jsonl": line("a", 1) + line("x/a", 1, moved: 2) + line("a", 1, moved: 3)], ["a"]),
    ]

    @Test(arguments: cases.indices) func `of the lines of a product the last counts`(row: Int) async throws {
        let (manifests, paths) = Self.cases[row]
        try await Self.withProject(manifests) { _, known in
            let found = try Self.paths(known)
            #expect(found == paths)
        }
    }

    @Test func `over several manifests the line counts that was written last`() async throws {
        let manifests = [
            "manifest-1-of-2.jsonl": Self.line("a", 9, digest: "b"), "manifest.jsonl": Self.line("a", 1),
        ]
        try await Self.withProject(manifests) { _, known in
            let entry = try ManifestLines(known.manifests).entry(at: try #require(known.all.first).place)
            #expect(known.all.count == 1 && entry?.sha256.hasPrefix("b") == true)
        }
    }

    @Test func `of verifications the last counts, unless the file was archived since`() async throws {
        let log =
            Self.verified("a", 5, "rot") + Self.verified("a", 6) + Self.verified("b", 2, "rot") + Self.verified("c", 7)
            + Self.verified("c", 8, "cut-short", modified: 9) + "{\"torn\":"
        let manifest = Self.line("a", 1) + Self.line("b", 3) + Self.line("c", 1) + Self.line("d", 4)
        try await Self.withProject(["manifest.jsonl": manifest], log: log) { project, known in
            let summary = try VerificationSummary(project)
            #expect(summary.files == 4 && summary.neverVerified == 2)
            #expect(summary.counts == [.intact: 1, .cutShort: 1] && summary.damaged.map(\.path) == ["c"])
            let lines = try ManifestLines(known.manifests)
            let order = try known.due(sample: nil).map { try lines.entry(at: known.all[Int($0)].place)?.path }
            #expect(order == ["b", "d", "a", "c"])
            // The time of change that is gone by is that of the right bytes.
            #expect(known.all.first { $0.result == .cutShort }?.modified == 5)
            let counts = try ["1/4", "3/4", "4/4"].map { known.due(sample: try Shard($0)).count }
            #expect(counts == [1, 3, 4])
        }
    }
}
