import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `A spool` {
    private static func text(_ spool: Spool) throws -> String {
        var bytes: [UInt8] = []
        try spool.read { piece in bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `many lines come back in their order and leave no file behind`() async throws {
        try await withTemporaryDirectory { directory in
            let spool = Spool(for: "\(directory)/list")
            let lines = (0..<20_000).map { "line \($0) of some length" }
            for line in lines {
                spool.add { Array(line.utf8) }
                let files = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(files.isEmpty)
            }
            let all = lines.map { $0 + "\n" }.joined()
            #expect(try Self.text(spool) == all)
            // A second reader gets the same: a report is written once more when the next project of a call ends.
            #expect(try Self.text(spool) == all)
            spool.add { Array("one more".utf8) }
            #expect(try Self.text(spool) == all + "one more\n")
            #expect(spool.lines == 20_001)
        }
    }

    @Test func `a directory in which nothing can be made is no hindrance`() throws {
        let spool = Spool(for: "/proc/self/list")
        for _ in 0..<10_000 { spool.add { Array("line".utf8) + Array(repeating: 0x78, count: 20) } }
        #expect(try Self.text(spool).utf8.count == 250_000)
    }

    @Test func `what could not be kept is told to whoever reads`() {
        struct Trouble: Error {}
        let spool = Spool(for: "/none/list")
        spool.add { throw Trouble() }
        spool.add { Array("line".utf8) }
        #expect(throws: Trouble.self) { _ = try Self.text(spool) }
    }

    @Test func `without a target lines are counted and not made`() throws {
        let spool = Spool(for: nil)
        spool.add {
            Issue.record("made")
            return []
        }
        #expect(try Self.text(spool).isEmpty)
        #expect(spool.lines == 1)
    }
}
