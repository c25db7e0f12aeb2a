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
            _ = try SystemCalls.makeDirectories(self.project.staging)
        }

        func staged(_ path: String, _ text: String) throws -> StagedProduct {
            let file = try StagedFile(
                path: "\(self.project.staging)/\(path.replacing("/", with: "-"))",
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
                expires: nil,
                files: [],
                parametersJSON: #"{"resolution": 30, "granules": ["G"], "x": null}"#
            )
            let digest = try Array(text.utf8).withUnsafeBytes { try Digest(.sha256, of: $0) }
            let product = Product(
                file: path,
                path: path,
                url: "https://b.example/\(path)",
                provenance: Provenance(job)
            )
            return ManifestEntry(
                product,
                size: Int64(text.utf8.count),
                sha256: digest.hex,
                etag: "\"e\"",
                proof: .md5ETag,
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
            #expect(entries.allSatisfy { $0.modified == SystemCalls.modified(fixture.project.path(of: $0.path)) })
            let timeless = entries.map { entry in
                var entry = entry
                entry.modified = nil
                return entry
            }
            #expect(timeless == [try fixture.entry("a.tif", "one"), try fixture.entry("2024/05/b.tif", "two")])
            #expect(
                try fixture.lines(fixture.project.checksums) == entries.map { "\($0.sha256)  \($0.path)" }
            )
            #expect(try fixture.lines(fixture.project.journal).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.project.staging).isEmpty)
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

    @Test func `after a commit that could not be recorded nothing more is committed, and the next run finishes it`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            let batch = try CommitBatch(fixture.project, logger: Self.logger)
            try FileManager.default.removeItem(atPath: fixture.project.checksums)
            _ = try SystemCalls.makeDirectories(fixture.project.checksums)
            let failed = batch.run([try fixture.staged("a.tif", "one"), try fixture.staged("b.tif", "two")])
            for result in failed {
                let error = #expect(throws: FilesystemError.self) { try result.get() }
                #expect(error?.concernsOneName == false)
            }
            try FileManager.default.removeItem(atPath: fixture.project.checksums)
            let later = batch.run([try fixture.staged("c.tif", "three")])[0]
            #expect(throws: FilesystemError.self) { try later.get() }
            #expect(!FileManager.default.fileExists(atPath: fixture.project.path(of: "c.tif")))
            #expect(try fixture.lines(fixture.project.journal).count == 2)

            let next = try CommitBatch(fixture.project, logger: Self.logger)
            try next.recover()
            try next.run([try fixture.staged("c.tif", "three")])[0].get()
            let paths = try fixture.lines(fixture.project.manifest).compactMap { ManifestEntry(line: $0.utf8)?.path }
            #expect(paths.sorted() == ["a.tif", "b.tif", "c.tif"])
            let listed = try fixture.lines(fixture.project.checksums).map { String($0.dropFirst(66)) }
            #expect(listed.sorted() == ["a.tif", "b.tif", "c.tif"])
            #expect(try fixture.lines(fixture.project.journal).isEmpty)
        }
    }

    /// What lies in the project before a recovery of `2024/a.tif`.
    enum Ruin: CaseIterable, Sendable {
        case directoryGone, fileInPlaceOfDirectory, nothingStaged, otherBytesStaged, pathOutside, foreignLines
    }

    @Test(arguments: Ruin.allCases)
    func `recovery makes what it needs, gives up what it cannot have, and goes on`(ruin: Ruin) async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            let (ruined, sound) = (try fixture.entry("2024/a.tif", "one"), try fixture.entry("b.tif", "two"))
            func stage(_ entry: ManifestEntry, _ text: String) throws {
                let path = try fixture.project.staged(path: entry.path, url: entry.url)
                try Data(text.utf8).write(to: URL(filePath: path))
            }
            try stage(sound, "two")
            var journal = try ruined.line() + sound.line()
            switch ruin {
            case .directoryGone: try stage(ruined, "one")
            case .fileInPlaceOfDirectory:
                try stage(ruined, "one")
                try Data().write(to: URL(filePath: fixture.project.path(of: "2024")))
            case .nothingStaged: break
            case .otherBytesStaged: try stage(ruined, "two")
            case .pathOutside:
                let outside = try fixture.entry("../a.tif", "one")
                try stage(outside, "one")
                journal = try outside.line() + sound.line()
            case .foreignLines:
                journal = Array("{\n\u{0}\u{0}\nnot JSON\n".utf8) + journal + Array("{\"schema\":1,".utf8)
            }
            try Data(journal).write(to: URL(filePath: fixture.project.journal))
            try CommitBatch(fixture.project, logger: Self.logger).recover()
            let paths = try fixture.lines(fixture.project.manifest).compactMap { ManifestEntry(line: $0.utf8)?.path }
            #expect(paths.sorted() == (ruin == .directoryGone ? ["2024/a.tif", "b.tif"] : ["b.tif"]))
            #expect(try fixture.text("b.tif") == "two")
            #expect(try fixture.lines(fixture.project.journal).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/a.tif"))
        }
    }

    @Test func `a recovery that is stopped leaves the journal as it was`() async throws {
        try await withTemporaryDirectory { directory in
            let fixture = try Fixture(directory)
            let entry = try fixture.entry("a.tif", "one")
            try Data("one".utf8).write(to: URL(filePath: fixture.project.path(of: "a.tif")))
            try Data(try entry.line()).write(to: URL(filePath: fixture.project.journal))
            let stop = StopFlag()
            stop.raise()
            let batch = try CommitBatch(fixture.project, logger: Self.logger)
            #expect(throws: CancellationError.self) { try batch.recover(stop: stop) }
            #expect(try fixture.lines(fixture.project.journal).count == 1)
            try batch.recover()
            #expect(try fixture.lines(fixture.project.manifest).count == 1)
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
