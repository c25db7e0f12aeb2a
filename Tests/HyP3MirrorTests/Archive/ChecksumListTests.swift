import Foundation
import Glibc
import TestSupport
import Testing

@testable import HyP3Mirror

struct ChecksumListTests {
    private static let digest = String(repeating: "0123456789abcdef", count: 4)

    private func withList(_ text: String, _ body: (ProjectDirectory) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            _ = try SystemCalls.makeDirectories(project.state)
            try Data(text.utf8).write(to: URL(filePath: project.checksums))
            try await body(project)
        }
    }

    private static func text(_ project: ProjectDirectory) throws -> String {
        try String(contentsOfFile: project.checksums, encoding: .utf8)
    }

    /// The last line, which has no end, and whether it stays.
    private static let endings: [(String, Bool)] = [
        ("\(digest)  b.tif", true), ("\(digest) *b.tif", true), ("\(digest.uppercased())  sub/b c.tif", true),
        ("\(digest)  b.tif\r", true), ("\(digest)  ", false), ("\(digest)", false), ("\(digest.prefix(30))", false),
        ("# by hand", false), ("\(digest) b.tif", false), ("\(digest)  torn_V", false),
        ("\(digest)  torn_VV.tif", true),
        ("\(digest)  torn_VV.tif.x", false),
    ]

    @Test(arguments: endings.indices)
    func `a last line that an editor left without its end is kept, and one that a crash tore is cut off`(
        row: Int
    ) async throws {
        let (ending, stays) = Self.endings[row]
        try await self.withList("\(Self.digest)  a.tif\n\(ending)") { project in
            // What a commit was about to list when it was cut off.
            let torn = ["torn_VV.tif.xml", "torn_VV.tif"].map { path in
                #"{"schema":1,"path":"\#(path)","size":1,"sha256":"\#(Self.digest)","url":"https://b.example/x","#
                    + #""check":"md5-etag","job_id":"j","job_type":"RTC","requested":"2024-01-01T00:00:00Z","#
                    + #""archived":"2024-01-01T00:00:00Z"}"# + "\n"
            }
            // The shorter name whole, or the longer one torn: the journal cannot tell, and the commit is done again.
            let journal = ending.hasSuffix("torn_VV.tif") ? torn[1] : torn.joined()
            try Data(journal.utf8).write(
                to: URL(filePath: ProjectDirectory(project.root, shard: try Shard("1/2")).journal)
            )
            try ChecksumList(project: project).append(Array("\(Self.digest)  c.tif\n".utf8))
            let middle = stays ? ending + "\n" : ""
            #expect(try Self.text(project) == "\(Self.digest)  a.tif\n\(middle)\(Self.digest)  c.tif\n")
        }
    }

    @Test func `lines are changed one by one, and what is no line of sha256sum stays`() async throws {
        let lines = [
            "\(Self.digest)  a", "# note", "\(Self.digest) *./b", "\\\(Self.digest)  x\\\\y", "\(Self.digest)  c",
        ]
        try await self.withList(lines.joined(separator: "\n")) { project in
            let list = ChecksumList(project: project)
            try list.rewrite { line in
                switch String(decoding: line.path, as: UTF8.self) {
                case "a": .drop
                case "b": .move(to: Array("sub/b".utf8))
                default: .keep
                }
            }
            let changed = [lines[1], "\(Self.digest) *sub/b", lines[3], lines[4], ""].joined(separator: "\n")
            #expect(try Self.text(project) == changed)
            let before = try FileManager.default.attributesOfItem(atPath: project.checksums)[.systemFileNumber] as? Int
            try list.rewrite { _ in .keep }
            let after = try FileManager.default.attributesOfItem(atPath: project.checksums)[.systemFileNumber] as? Int
            #expect(before == after)
        }
    }

    @Test func `a stop ends the wait for a lock that another run holds`() async throws {
        try await self.withList("") { project in
            let descriptor = open(project.checksumsLock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX) == 0)
            let stop = StopFlag()
            stop.raise()
            let list = ChecksumList(project: project, stop: stop)
            #expect(throws: CancellationError.self) { try list.append([10]) }
            flock(descriptor, LOCK_UN)
            try list.append(Array("\(Self.digest)  a\n".utf8))
        }
    }
}
