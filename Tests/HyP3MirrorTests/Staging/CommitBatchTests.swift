import Checksums
import FoundationEssentials
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

struct CommitBatchTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private struct Fixture {
        let project: ProjectDirectory

        init(_ directory: String) throws {
            self.project = ProjectDirectory(directory + "/p")
            _ = try SystemCalls.makeDirectories(self.project.partial)
        }

        func staged(_ path: String, _ text: String) throws -> StagedProduct {
            let file = try PartialFile(
                path: "\(self.project.partial)/\(path.replacing("/", with: "-"))",
                url: "https://b.example/\(path)",
                target: path,
                boot: "b"
            )
            try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
            return StagedProduct(entry: try self.entry(path, text), file: file)
        }

        func entry(_ path: String, _ text: String) throws -> ManifestEntry {
            let job = Job(
                id: "j",
                type: "RTC_GAMMA",
                name: "n",
                status: .succeeded,
                requestTime: Date(timeIntervalSince1970: 0),
                expiration: nil,
                files: [],
                parametersJSON: #"{"resolution": 30, "granules": ["G"], "x": null}"#
            )
            let digest = try Array(text.utf8).withUnsafeBytes { try Digest(.sha256, of: $0) }
            return ManifestEntry(
                path: path,
                size: Int64(text.utf8.count),
                sha256: digest.hex,
                url: "https://b.example/\(path)",
                etag: "\"e\"",
                proof: .md5ETag,
                job: job,
                archived: Date(timeIntervalSince1970: 86400)
            )
        }

        func lines(_ path: String) throws -> [String] {
            String(decoding: try SystemCalls.contents(of: path) ?? [], as: UTF8.self).split(separator: "\n").map(
                String.init
            )
        }

        func text(_ path: String) throws -> String {
            String(decoding: try SystemCalls.contents(of: self.project.path(of: path)) ?? [], as: UTF8.self)
        }
    }

    @Test func `a batch puts products in place and on record`() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            let batch = try CommitBatch(fixture.project, logger: Self.logger)
            let results = batch.run([try fixture.staged("a.tif", "one"), try fixture.staged("2024/05/b.tif", "two")])
            for result in results { try result.get() }
            #expect(try fixture.text("2024/05/b.tif") == "two")
            let entries = try fixture.lines(fixture.project.manifest).compactMap { ManifestEntry(line: $0.utf8) }
            #expect(entries == [try fixture.entry("a.tif", "one"), try fixture.entry("2024/05/b.tif", "two")])
            #expect(
                try fixture.lines(fixture.project.checksums) == entries.map { "\($0.sha256)  \($0.path)" }
            )
            #expect(try fixture.lines(fixture.project.journal).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.project.partial).isEmpty)
        }
    }

    @Test func `an existing file is never overwritten, and the others are committed`() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            try Data("mine".utf8).write(to: URL(filePath: fixture.project.path(of: "a.tif")))
            let batch = try CommitBatch(fixture.project, logger: Self.logger)
            let results = batch.run([try fixture.staged("a.tif", "theirs"), try fixture.staged("b.tif", "two")])
            let error = #expect(throws: FilesystemError.self) { try results[0].get() }
            #expect(error?.errno == .fileExists)
            try results[1].get()
            #expect(try fixture.text("a.tif") == "mine")
            #expect(try fixture.lines(fixture.project.manifest).count == 1)
        }
    }

    @Test func `a directory under the product's name is told, not replaced`() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            _ = try SystemCalls.makeDirectories(fixture.project.path(of: "a.tif"))
            let batch = try CommitBatch(fixture.project, logger: Self.logger)
            let result = batch.run([try fixture.staged("a.tif", "x")])[0]
            let error = #expect(throws: FilesystemError.self) { try result.get() }
            #expect(error?.concernsOneName == true)
        }
    }

    @Test func `a commit cut off after its renames is finished from the journal, once`() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            let (done, missing, foreign) = (
                try fixture.entry("a.tif", "one"), try fixture.entry("gone.tif", "gone"),
                try fixture.entry("f.tif", "ours")
            )
            try Data("one".utf8).write(to: URL(filePath: fixture.project.path(of: "a.tif")))
            try Data("not".utf8).write(to: URL(filePath: fixture.project.path(of: "f.tif")))
            let journal = Data(try done.line() + missing.line() + foreign.line())
            for _ in 0..<2 {
                try journal.write(to: URL(filePath: fixture.project.journal))
                try CommitBatch(fixture.project, logger: Self.logger).recover()
                #expect(try fixture.lines(fixture.project.checksums) == ["\(done.sha256)  a.tif"])
                #expect(try fixture.lines(fixture.project.manifest).count == 1)
                #expect(try fixture.lines(fixture.project.journal).isEmpty)
            }
        }
    }

    @Test func `a line torn by a crash is cut off before the next is added`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/lines"
            try Data("whole\nhal".utf8).write(to: URL(filePath: path))
            try LineFile(path).append(Array("next\n".utf8))
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("whole\nnext\n".utf8))
        }
    }
}
