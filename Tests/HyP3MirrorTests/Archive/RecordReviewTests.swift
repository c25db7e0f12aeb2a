import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

struct RecordReviewTests {
    private static let digest = String(repeating: "a", count: 64)
    private static let suffixes = ["_VV.tif", "_VH.tif", "_FM_*_PW.tif"]

    /// A project with files and a list.
    private func withProject(
        files: [String],
        listed: [String],
        _ body: (ProjectDirectory, ArchiveIndex) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            _ = try SystemCalls.makeDirectories(project.state)
            for file in files {
                _ = try SystemCalls.makeDirectories(SystemCalls.parent(of: project.path(of: file)))
                try Data(file.utf8).write(to: URL(filePath: project.path(of: file)))
            }
            func digest(_ path: String) -> String {
                path.hasPrefix("other/") ? String(repeating: "b", count: 64) : Self.digest
            }
            try Data(listed.map { "\(digest($0))  \($0)\n" }.joined().utf8).write(to: URL(filePath: project.checksums))
            let index = try await ArchiveIndex.scan(
                .init(directory),
                suffixes: try Self.suffixes.map { try SuffixTemplate($0) }
            )
            try body(project, index)
        }
    }

    /// A line of a manifest.
    private func line(_ path: String, _ size: Int = 8, digest: Character = "a") -> String {
        #"{"archived":"2024-01-02T00:00:00Z","check":"md5-etag","job_id":"j","job_parameters":{"x":[1,"}"]},"#
            + #""job_type":"RTC","path":"\#(path)","requested":"2024-01-01T00:00:00Z","schema":1,"#
            + #""sha256":"\#(String(repeating: digest, count: 64))","size":\#(size),"url":"https://b.example/p"}"#
            + "\n"
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var files: [String]
        var listed: [String]
        /// The list afterwards; nil where nothing moved.
        var after: [String]?
        var unlisted = 0
        var gone: [String] = []
    }

    private static let cases = [
        Case(testDescription: "all in place", files: ["p_VV.tif"], listed: ["p_VV.tif", "./p_VV.tif"]),
        Case(testDescription: "sorted", files: ["2024/05/p_VV.tif"], listed: ["p_VV.tif"], after: ["2024/05/p_VV.tif"]),
        Case(testDescription: "brought back", files: ["p_VV.tif"], listed: ["a/b/p_VV.tif"], after: ["p_VV.tif"]),
        Case(
            testDescription: "copied as well: the list stays right",
            files: ["p_VV.tif", "a/p_VV.tif"],
            listed: ["p_VV.tif"]
        ),
        Case(testDescription: "in two other places", files: ["b/p_VV.tif", "a/p_VV.tif"], listed: ["p_VV.tif"]),
        Case(testDescription: "deleted", files: ["q_VV.tif"], listed: ["p_VV.tif"], unlisted: 1, gone: ["p_VV.tif"]),
        Case(
            testDescription: "its kind sorted out, by pattern, too",
            files: ["pw/p_FM_a_PW.tif", "vv/p_VV.tif", "p_VH.tif"],
            listed: ["p_FM_a_PW.tif", "p_VV.tif", "p_VH.tif", "p_FM_b_PW.tif"],
            after: ["pw/p_FM_a_PW.tif", "vv/p_VV.tif", "p_VH.tif", "p_FM_b_PW.tif"],
            gone: ["p_FM_b_PW.tif"]
        ),
        Case(
            testDescription: "one of two of a name deleted: the other has its own line",
            files: ["2/p_VV.tif"],
            listed: ["1/p_VV.tif", "2/p_VV.tif"],
            gone: ["p_VV.tif"]
        ),
        Case(
            testDescription: "one of two of a name deleted, and another name moved",
            files: ["2/p_VV.tif", "a/p_VH.tif"],
            listed: ["1/p_VV.tif", "2/p_VV.tif", "p_VH.tif"],
            after: ["1/p_VV.tif", "2/p_VV.tif", "a/p_VH.tif"],
            gone: ["p_VV.tif"]
        ),
        Case(
            testDescription: "two of a name that differ, and one file elsewhere: nobody knows which",
            files: ["a/p_VV.tif", "a/p_VH.tif"],
            listed: ["1/p_VV.tif", "other/p_VV.tif", "p_VH.tif", "b/p_VH.tif"],
            after: ["1/p_VV.tif", "other/p_VV.tif", "a/p_VH.tif", "a/p_VH.tif"]
        ),
        Case(testDescription: "not wanted now", files: ["a/p.zip"], listed: ["p.zip", "q.zip"]),
        Case(testDescription: "not listed", files: ["p_VV.tif", "p_VH.tif", "a/p_VH.tif"], listed: [], unlisted: 3),
        Case(
            testDescription: "a name that a list cannot hold",
            files: ["a\\b/p_VV.tif"],
            listed: ["p_VV.tif"],
            after: ["p_VV.tif"]
        ),
    ]

    @Test(arguments: cases)
    func `the list follows what was moved, and tells what is gone`(_ row: Case) async throws {
        try await self.withProject(files: row.files, listed: row.listed) { project, index in
            let review = try RecordReview(project, index)
            #expect((review.moved > 0) == (row.after != nil))
            #expect(review.unlisted == row.unlisted)
            for file in ["p_VV.tif", "p_VH.tif", "p_FM_a_PW.tif", "p_FM_b_PW.tif", "p.zip", "q.zip"] {
                #expect(review.isGone(file) == row.gone.contains(file), "\(file)")
            }
            if row.after != nil { try MovedProducts(project: project, index: index).follow(now: planNow) }
            let lines = try String(contentsOfFile: project.checksums, encoding: .utf8).split(separator: "\n")
            #expect(lines.map { String($0.dropFirst(66)) } == row.after ?? row.listed)
        }
    }

    @Test func `the manifest follows with one line more, whatever part wrote the first`() async throws {
        try await self.withProject(files: ["a/p_VV.tif", "q_VV.tif"], listed: ["p_VV.tif"]) { project, index in
            let part = ProjectDirectory(project.root, shard: try Shard("2/2"))
            let written =
                "not JSON\n" + self.line("p_VV.tif") + self.line("q_VV.tif") + self.line("p_VV.tif")
                + self.line("gone_VV.tif") + "{\"pa"
            try Data(written.utf8).write(to: URL(filePath: part.manifest))
            for _ in 0..<2 { try MovedProducts(project: project, index: index).follow(now: planNow) }
            #expect(try String(contentsOfFile: part.manifest, encoding: .utf8) == written)
            let added = try String(contentsOfFile: project.manifest, encoding: .utf8).split(separator: "\n")
            let entry = try #require(added.first.flatMap { ManifestEntry(line: $0.utf8) })
            #expect(entry.path == "a/p_VV.tif" && entry.size == 8 && entry.moved == planNow)
            #expect(entry.archived == CivilTime(year: 2024, month: 1, day: 2)?.date)
            // A whole run reads its own manifest after those of the parts, so the second time finds the new line.
            #expect(added.count == 1)
        }
    }

    @Test func `what only the manifest tells of is listed again, where it lies as it was archived`() async throws {
        let files = ["a/p_VV.tif", "q_VV.tif", "q_VH.tif", "r_VV.tif"]
        try await self.withProject(files: files, listed: ["q_VV.tif"]) { project, index in
            // Of two lines the last; what is listed, what is longer than it was, and what lies elsewhere are not for this.
            let written =
                self.line("a/p_VV.tif", 10, digest: "b") + self.line("q_VV.tif", 8)
                + self.line("a/p_VV.tif", 10, digest: "c") + self.line("q_VH.tif", 7)
                + self.line("b/r_VV.tif", 8)
            try Data(written.utf8).write(to: URL(filePath: project.manifest))
            for count in [1, 0] {
                let listed = try RecordReview(project, index).listed
                #expect(try UnlistedProducts(project: project, index: index, listed: listed).list() == count)
                let lines = try String(contentsOfFile: project.checksums, encoding: .utf8).split(separator: "\n")
                #expect(lines == ["\(Self.digest)  q_VV.tif", "\(String(repeating: "c", count: 64))  a/p_VV.tif"])
            }
        }
    }

    @Test func `where a directory cannot be read nothing is said to be gone or moved`() async throws {
        try await self.withProject(files: ["a/p_VV.tif"], listed: ["p_VV.tif", "q_VV.tif"]) { project, index in
            let partial = ArchiveIndex(
                wanted: WantedSuffixes(try Self.suffixes.map { try SuffixTemplate($0) }),
                contents: index.contents,
                summary: index.summary,
                unseen: UnseenPlaces([UnseenPlace(Array("b".utf8), .unreadable(.ioError))])
            )
            let review = try RecordReview(project, partial)
            #expect(review.moved == 0 && !review.isGone("q_VV.tif") && review.unlisted == 0)
        }
    }
}
