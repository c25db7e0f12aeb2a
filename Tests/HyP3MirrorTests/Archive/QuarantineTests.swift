import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// What is damaged is put aside as it was found, and nothing else.
@Suite struct QuarantineTests {
    private static func withFile(_ body: (ProjectDirectory, String) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            try FileManager.default.createDirectory(atPath: "\(directory)/2026", withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: project.state, withIntermediateDirectories: false)
            try Data("abc".utf8).write(to: URL(fileURLWithPath: "\(directory)/2026/x_VV.tif"))
            try body(project, "2026/x_VV.tif")
        }
    }

    private static func state(_ project: ProjectDirectory, _ path: String) throws -> FileState {
        let place = project.path(of: path)
        return FileState(size: try SystemCalls.size(of: place) ?? -1, modified: SystemCalls.modified(place))
    }

    private static func text(_ project: ProjectDirectory, _ path: String) -> String? {
        try? String(contentsOfFile: project.path(of: path), encoding: .utf8)
    }

    @Test func `a file that has changed since it was looked at stays`() async throws {
        try await Self.withFile { project, path in
            let found = try Self.state(project, path)
            try Data("abcd".utf8).write(to: URL(fileURLWithPath: project.path(of: path)))
            #expect(try Quarantine(project: project).put(path, found: found) == nil)
            #expect(Self.text(project, path) == "abcd")
            // The same size, written later.
            try Data("xyz".utf8).write(to: URL(fileURLWithPath: project.path(of: path)))
            let later = try #require(found.modified) + 1_000_000_000
            let date = Date(timeIntervalSince1970: Double(later) / 1e9)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: project.path(of: path))
            #expect(try Quarantine(project: project).put(path, found: found) == nil)
            #expect(Self.text(project, path) == "xyz")
            try FileManager.default.removeItem(atPath: project.path(of: path))
            #expect(try Quarantine(project: project).put(path, found: found) == nil)
        }
    }

    @Test func `what is put aside keeps its path, and nothing there is overwritten`() async throws {
        try await Self.withFile { project, path in
            for number in 0..<3 {
                try Data("\(number)".utf8).write(to: URL(fileURLWithPath: project.path(of: path)))
                let place = try Quarantine(project: project).put(path, found: try Self.state(project, path))
                #expect(place == ".hyp3-mirror/quarantine/\(path)" + (number > 0 ? ".\(number)" : ""))
                #expect(Self.text(project, path) == nil && Self.text(project, place ?? "") == "\(number)")
            }
            #expect(Self.text(project, ".hyp3-mirror/quarantine/\(path)") == "0")
        }
    }
}
