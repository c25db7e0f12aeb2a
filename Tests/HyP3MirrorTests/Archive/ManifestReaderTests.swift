import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

struct ManifestReaderTests {
    private static func line(
        _ path: String,
        size: String = "8",
        archived: String = "2024-01-02",
        _ more: String = ""
    ) -> String {
        #"{"archived":"\#(archived)T00:00:00Z","check":"md5-etag","job_id":"j","job_parameters":{"x":["}\\\"",{}]},"#
            + #""job_type":"RTC"\#(more),"path":"\#(path)","requested":"2024-01-01T00:00:00Z","schema":1,"#
            + #""sha256":"00","size":\#(size),"url":"https://b.example/p"}"# + "\n"
    }

    private func withManifests(_ texts: [(Shard?, String)], _ body: (ManifestReader) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            _ = try SystemCalls.makeDirectories(project.state)
            for (shard, text) in texts {
                let part = ProjectDirectory(directory, shard: shard)
                try Data(text.utf8).write(to: URL(filePath: part.manifest))
            }
            try body(ManifestReader(project: project))
        }
    }

    private func paths(_ reader: ManifestReader) throws -> [String] {
        var paths: [String] = []
        try reader.read { line, _ in
            line.withPath { paths.append(String(decoding: $0, as: UTF8.self) + " \(line.size)") }
        }
        return paths
    }

    @Test(arguments: ["2024-02-01", "2023-02-01"])
    func `whose a file is, is told by the last line of its path, however old`(archived: String) async throws {
        let other = Self.line("a/x.nc", archived: archived).replacingOccurrences(of: "\"j\"", with: "\"other\"")
        let text =
            Self.line("a/x.nc", archived: archived) + Self.line("b/x.nc", archived: "2023-01-01")
            + other.replacingOccurrences(of: ",\"job_type\"", with: #","etag":"\"e-1\"","job_type""#)
            + Self.line("c/x.nc").replacingOccurrences(of: "\"job_id\":\"j\",", with: "")
        try await self.withManifests([(nil, text)]) { reader in
            let keys = ["a/x.nc", "b/x.nc", "c/x.nc", "d/x.nc"].map { ByteStrings.hash($0) }
            let since = try #require(CivilTime(year: 2024, month: 1, day: 1)?.date)
            let owners = try reader.owners(of: Set(keys), since: since)
            let url = "https://b.example/p"
            #expect(owners[keys[0]] == RecordedOwner(jobID: "other", url: url, size: 8, etag: "\"e-1\""))
            #expect(owners[keys[1]] == RecordedOwner(jobID: "j", url: url, size: 8, etag: nil))
            #expect(owners.count == 2)
            let recent = try reader.owners(of: [keys[0]], since: since)
            #expect(recent == [keys[0]: RecordedOwner(jobID: "other", url: url, size: 8, etag: "\"e-1\"")])
        }
    }

    /// Lines that are none.
    private static let foreign = [
        "", "{", "{}", "[]", "null", "not JSON", #"{"schema":2,"path":"a","size":1,"archived":"x"}"#,
        #"{"schema":1,"path":"a","size":1}"#, #"{"schema":1,"path":"","size":1,"archived":"x"}"#,
        #"{"schema":1,"path":"a","size":-1,"archived":"x"}"#, #"{"schema":1,"path":"a","size":1e3,"archived":"x"}"#,
        #"{"schema":1,"path":"a","size":9223372036854775808,"archived":"x"}"#,
        #"{"schema":1,"path":3,"size":1,"archived":"x"}"#,
        #"{"schema":1,"path":"a","size":1,"archived":"x"}}"#, #"{"schema":1,"path":"a","size":1,"archived":"x"} x"#,
        #"{"schema":1,"path":"a\"#, #"{"schema":1,"path":"a","size":1,"archived":"x""#, #"{"schema":1 "path":"a"}"#,
        String(line("torn").dropLast(40)),
    ]

    @Test(arguments: foreign)
    func `a line that is none is passed over, wherever it stands`(foreign: String) async throws {
        let text =
            "\(foreign)\n" + Self.line("a_VV.tif") + "\(foreign)\n" + Self.line("b.tif", size: "12345678901") + foreign
        try await self.withManifests([(nil, text)]) { reader in
            let paths = try self.paths(reader)
            #expect(paths == ["a_VV.tif 8", "b.tif 12345678901"])
        }
    }

    @Test func `paths with escapes, and spaces as others write them, are read`() async throws {
        let spaced = Self.line("c").replacing("\":", with: "\" : ").replacing(",\"", with: " ,\t\"")
        try await self.withManifests([(nil, Self.line(#"a\u00e4\/b"#) + spaced + "\r\n")]) { reader in
            let paths = try self.paths(reader)
            #expect(paths == ["a\u{E4}/b 8", "c 8"])
        }
    }

    @Test func `the newest come first, back to the wanted time, past a few with a wrong clock`() async throws {
        let old = (0..<2000).map { Self.line("old\($0)", archived: "2020-01-01") }.joined()
        let text =
            Self.line("before") + old + Self.line("a") + Self.line("old", archived: "1970-01-01")
            + Self.line("moved", archived: "2019-01-01", #","moved":"2024-01-03T00:00:00Z""#)
        try await self.withManifests([(nil, text), (try Shard("1/2"), Self.line("part"))]) { reader in
            var paths: [String] = []
            try reader.readNewest(since: try #require(CivilTime(year: 2024, month: 1, day: 1)).date) { line in
                line.withPath { paths.append(String(decoding: $0, as: UTF8.self)) }
            }
            #expect(paths == ["part", "moved", "a"])
        }
    }

    @Test func `of several lines of a product the last says when it was archived`() async throws {
        let text = Self.line("p_VV.tif") + Self.line("x/p_VV.tif", archived: "2024-02-03") + Self.line("q_VV.tif")
        try await self.withManifests([(nil, text)]) { reader in
            let dates = try reader.archivedDates([ByteStrings.hash("p_VV.tif"), ByteStrings.hash("gone")])
            #expect(dates == [ByteStrings.hash("p_VV.tif"): CivilTime(year: 2024, month: 2, day: 3)?.date])
        }
    }
}
