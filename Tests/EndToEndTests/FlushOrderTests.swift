import Foundation
import HyP3Mirror
import HyP3Simulator
import Testing

/// What a power failure could leave, judged by the order of system calls as strace(1) sees it.
@Suite(.enabled(if: Tracing.isAllowed, "strace is missing or may not trace here"), .timeLimit(.minutes(5)))
struct FlushOrderTests {
    /// A system call with the lines of the trace at which it began and had succeeded.
    private struct Call {
        var text: String
        var begin: Int
        var end: Int
    }

    private static func calls(_ trace: String) -> [Call] {
        var calls: [Call] = []
        var open: [Substring: Int] = [:]
        for (line, text) in trace.split(separator: "\n").enumerated() {
            guard let space = text.firstIndex(of: " ") else { continue }
            let (thread, rest) = (text[..<space], text[space...].drop { $0 == " " })
            let isResumed = rest.hasPrefix("<... ")
            if isResumed, let index = open.removeValue(forKey: thread) {
                if rest.hasSuffix("= 0") { calls[index].end = line }
            } else if rest.hasSuffix("<unfinished ...>") {
                open[thread] = calls.count
                calls.append(Call(text: String(rest), begin: line, end: .max))
            } else if rest.hasSuffix("= 0") {
                calls.append(Call(text: String(rest), begin: line, end: line))
            }
        }
        return calls
    }

    @Test func `data is durable before its rename, then the directory, then the manifest`() async throws {
        try await withMirror { mirror in
            try mirror.addJob()
            let suffixes = ["_x.bin", "_y.bin", "_z.bin"]
            for (seed, suffix) in suffixes.enumerated() {
                let content = Content.pattern(seed: UInt64(seed), count: 2_000_000)
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(content.bytes))
            }
            let log = "\(mirror.archive)/trace.txt"
            let result = try await mirror.run(
                suffixes: suffixes,
                prefix: Tracing.words(["trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat"], log: log)
            )
            #expect(result.exit == 0, "\(result.errors)")
            let calls = Self.calls(try String(contentsOfFile: log, encoding: .utf8))
            for suffix in suffixes {
                let target = "\"\(mirror.root)/\(MirrorFixture.stem)\(suffix)\""
                let rename = try #require(calls.first { $0.text.hasPrefix("renameat2") && $0.text.contains(target) })
                #expect(rename.text.contains("RENAME_NOREPLACE"))
                let staged = try #require(rename.text.split(separator: "\"").first { $0.contains("/partial/") })
                func flush(_ path: String, _ condition: (Call) -> Bool) -> Call? {
                    calls.first {
                        ($0.text.hasPrefix("fsync") || $0.text.hasPrefix("fdatasync"))
                            && $0.text.contains("<\(path)>") && condition($0)
                    }
                }
                #expect(flush(String(staged)) { $0.text.hasPrefix("fsync") && $0.end < rename.begin } != nil, "data")
                #expect(flush(mirror.state.journal) { $0.end < rename.begin } != nil, "journal")
                let directory = try #require(flush(mirror.root) { $0.begin > rename.end })
                let manifest = try #require(flush(mirror.state.manifest) { $0.begin > rename.end })
                #expect(directory.end < manifest.begin)
                #expect(flush(mirror.state.checksums) { $0.begin > directory.end } != nil)
            }
        }
    }
}
