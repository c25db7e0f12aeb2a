import Foundation
import Glibc
import HyP3Mirror
import SystemPackage
import TestSupport
import Testing

@Suite struct `Replacing a file` {
    @Test func `a file is made, then replaced whole, and nothing is left beside it`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/report.json"
            try replaceFile(at: path, with: Array("long contents".utf8))
            let reader = open(path, O_RDONLY)
            defer { close(reader) }
            try replaceFile(at: path, with: Array("new".utf8))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
            var old = [UInt8](repeating: 0, count: 64)
            #expect(read(reader, &old, 64) == 13, "a reader of the old file keeps it")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["report.json"])
        }
    }

    @Test func `a symbolic link stays and its target is replaced`() async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/far", withIntermediateDirectories: false)
            try Data("old".utf8).write(to: URL(filePath: "\(directory)/far/target"))
            symlink("far/target", "\(directory)/link")
            try replaceFile(at: "\(directory)/link", with: Array("new".utf8))
            #expect(try String(contentsOfFile: "\(directory)/far/target", encoding: .utf8) == "new")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/link") == "far/target")
        }
    }

    @Test func `what is no regular file is written to`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/pipe"
            mkfifo(path, 0o600)
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            try replaceFile(at: path, with: Array("through".utf8))
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(reader, &bytes, 64)
            #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "through")
        }
    }

    @Test func `a place without a directory is an error that names it`() async throws {
        try await withTemporaryDirectory { directory in
            let error = #expect(throws: FilesystemError.self) {
                try replaceFile(at: "\(directory)/none/report", with: [])
            }
            #expect(error?.errno == .noSuchFileOrDirectory)
            #expect(error?.description.contains("\(directory)/none/report") ?? false)
        }
    }
}
