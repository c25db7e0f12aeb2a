import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

struct LineReaderTests {
    private static let long = String(repeating: "x", count: LineReader.longest + 1)
    private static let texts = [
        "", "\n", "a", "a\n", "a\nb", "\n\na\n\nb\n\n", "\(long)\n", "\(long)", "a\n\(long)\nb\n",
        "\(long)\n\(long)\nb",
        "\(long.dropFirst())\nb", String(repeating: "\(long.prefix(300_000))\n", count: 9),
        (0..<90_000).map { "line \($0)\n" }.joined(),
    ]

    private func expected(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.utf8.count <= LineReader.longest }.map(String.init)
    }

    @Test(arguments: texts.indices)
    func `both ways give the same lines, with their places, and none that is too long`(number: Int) async throws {
        let text = Self.texts[number]
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/lines"
            try Data(text.utf8).write(to: URL(filePath: path))
            var (forwards, backwards): ([String], [String]) = ([], [])
            var (offsets, reversed): ([Int64], [Int64]) = ([], [])
            try LineReader(path: path).read { line in
                forwards.append(String(decoding: line.bytes, as: UTF8.self))
                offsets.append(line.offset)
            }
            try LineReader(path: path).readBackwards { line in
                backwards.append(String(decoding: line.bytes, as: UTF8.self))
                reversed.append(line.offset)
                return true
            }
            #expect(forwards == self.expected(text))
            #expect(backwards.reversed() == forwards && reversed.reversed() == offsets)
            let bytes = Array(text.utf8)
            for (line, offset) in zip(forwards, offsets) {
                #expect(bytes[Int(offset)...].starts(with: line.utf8))
            }
        }
    }

    @Test func `a limit ends the reading before the line that begins there`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/lines"
            try Data("one\ntwo\nthree\n".utf8).write(to: URL(filePath: path))
            for (limit, count) in [(Int64(0), 0), (4, 1), (8, 2), (14, 3)] {
                var lines = 0
                try LineReader(path: path).read(upTo: limit) { _ in lines += 1 }
                #expect(lines == count)
            }
        }
    }

    @Test func `a depth gives the lines that lie whole within it`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/lines"
            try Data("one\ntwo\nthree\n".utf8).write(to: URL(filePath: path))
            for (depth, count) in [(Int64(0), 0), (5, 0), (6, 0), (7, 1), (8, 1), (11, 2), (13, 2), (14, 3), (99, 3)] {
                var lines = 0
                try LineReader(path: path).readBackwards(depth: depth) { _ in
                    lines += 1
                    return true
                }
                #expect(lines == count, "\(depth)")
            }
        }
    }

    @Test func `it stops where it is told to, and a file that is not there has no lines`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/lines"
            try LineReader(path: path).read { _ in Issue.record("a line") }
            try Data("one\ntwo\n".utf8).write(to: URL(filePath: path))
            var reader = LineReader(path: path)
            reader.stop = StopFlag()
            reader.stop.raise()
            #expect(throws: CancellationError.self) { try reader.read { _ in } }
            #expect(throws: CancellationError.self) { try reader.readBackwards { _ in true } }
        }
    }
}
