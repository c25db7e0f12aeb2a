import CurlTransfer
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

struct StagedFileTests {
    private static let chunk = StagedFile.chunkSize
    private static let evidence = ServiceEvidence(["ETag": "\"abc\""])
    private static let total = 6 * Int64(StagedFile.chunkSize) + 10

    private static func open(
        _ directory: String,
        url: String = "https://b.example/x",
        boot: String = "b"
    ) throws -> StagedFile {
        try StagedFile(path: directory + "/part", url: url, target: "x.tif", boot: boot)
    }

    private static func write(_ file: StagedFile, _ indices: [Int]) throws {
        for index in indices {
            let bytes = [UInt8](repeating: UInt8(index + 1), count: index == 6 ? 10 : self.chunk)
            try bytes.withUnsafeBytes { try file.write($0, at: Int64(index) * Int64(self.chunk)) }
        }
    }

    /// A file that was begun before the first reboot, with these chunks.
    @discardableResult
    private static func begun(_ directory: String, writing chunks: [Int]) throws -> StagedFile {
        let file = try Self.open(directory)
        try file.begin(total: Self.total, evidence: Self.evidence, boot: "b")
        try Self.write(file, chunks)
        return file
    }

    @Test func `written chunks outlive the process, in any order`() async throws {
        try await withTemporaryDirectory { directory in
            do {
                try Self.begun(directory, writing: [4, 0, 6])
            }
            let marks = try #require(try Self.open(directory).resumable).marks
            #expect(marks.map { $0 != .nothing } == [true, false, false, false, true, false, true])
        }
    }

    @Test func `a reboot takes what was not made durable`() async throws {
        try await withTemporaryDirectory { directory in
            do {
                let file = try Self.begun(directory, writing: [0, 1])
                try file.checkpoint()
                try Self.write(file, [2])
            }
            let marks = try #require(try Self.open(directory, boot: "later").resumable).marks
            #expect(marks[..<3] == [.durable, .durable, .nothing])
        }
    }

    @Test(arguments: [false, true])
    func `what the disk failed to take is not gone on with`(isKnown: Bool) async throws {
        try await withTemporaryDirectory { directory in
            do {
                let file = try Self.begun(directory, writing: [0, 1])
                try file.checkpoint()
                try Self.write(file, [2])
                // A pipe cannot be flushed.
                let pipe = Pipe()
                try #require(dup2(pipe.fileHandleForWriting.fileDescriptor, file.readableDescriptor) >= 0)
                if isKnown { #expect(throws: FilesystemError.self) { try file.synchronize() } }
                try file.keep()
            }
            let marks = try #require(try Self.open(directory).resumable).marks
            #expect(marks[..<3] == [.durable, .durable, .nothing])
        }
    }

    @Test(arguments: ["b", "later"])
    func `opening a record never leaves less of it for a moment`(boot: String) async throws {
        try await withTemporaryDirectory { directory in
            do {
                let file = try Self.begun(directory, writing: [0, 1])
                try file.checkpoint()
            }
            // Held open, the very file shows what happens to it, as a kill would find it.
            let record = directory + "/part.resume"
            let witness = try FileDescriptor.open(record, .readOnly)
            defer { try? witness.close() }
            let before = try Data(contentsOf: URL(filePath: record))
            let file = try Self.open(directory, boot: boot)
            #expect(file.resumable != nil)
            var held = [UInt8](repeating: 0, count: before.count + 1)
            let count = try held.withUnsafeMutableBytes { try witness.read(fromAbsoluteOffset: 0, into: $0) }
            #expect(Data(held[..<count]) == before)
            #expect((try Data(contentsOf: URL(filePath: record)) == before) == (boot == "b"))
        }
    }

    @Test func `a checkpoint of an object that is gone says nothing about the next`() async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.begun(directory, writing: [0, 1])
            var checkpoint: StagedFile.Checkpoint?
            let deadline = ContinuousClock.now + .seconds(30)
            while checkpoint == nil, ContinuousClock.now < deadline { checkpoint = file.beginCheckpoint() }
            let due = try #require(checkpoint)
            try due.flush()
            try file.discard()
            try file.begin(total: Self.total, evidence: Self.evidence, boot: "b")
            try Self.write(file, [1])
            try file.end(due)
            #expect(try #require(file.resumable).marks[..<2] == [.nothing, .written])
        }
    }

    @Test func `a record that claims more than the file holds is cut down to it`() async throws {
        try await withTemporaryDirectory { directory in
            do {
                try Self.begun(directory, writing: [0, 1])
            }
            let path = directory + "/part"
            let data = try Data(contentsOf: URL(filePath: path))
            try data.prefix(Self.chunk + 100).write(to: URL(filePath: path))
            let marks = try #require(try Self.open(directory).resumable).marks
            #expect(marks[..<2] == [.written, .nothing])
        }
    }

    @Test(arguments: ["", "{", "{}\n", "{\"schema\":2}\n....\n", "\u{0}\n"])
    func `bytes without a usable record are dropped`(record: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/part"
            try Data(repeating: 7, count: 100).write(to: URL(filePath: path))
            try Data(record.utf8).write(to: URL(filePath: path + ".resume"))
            #expect(try Self.open(directory).resumable == nil)
            #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: path + ".resume"))
        }
    }

    @Test func `the bytes of another URL are not gone on with`() async throws {
        try await withTemporaryDirectory { directory in
            do {
                try Self.begun(directory, writing: [0])
            }
            #expect(try Self.open(directory, url: "https://b.example/y").resumable == nil)
        }
    }

    @Test(arguments: ["W/\"abc\"", "abc", ""])
    func `without a strong ETag there is no record`(etag: String) async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.open(directory)
            try file.begin(total: Self.total, evidence: ServiceEvidence(["ETag": etag]), boot: "b")
            #expect(file.resumable == nil)
        }
    }
}
