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

    /// Calls that fail in the middle of a commit: what strace injects, and about which file below the project.
    private static let depths: [(String, String)] = [
        ("fsync:error=EIO:when=1", ""), ("fsync:error=EIO:when=2", ""), ("fsync:error=ENOSPC:when=1", ""),
        ("pwrite64:error=EIO:when=1", "/.hyp3-mirror/manifest.jsonl"),
        ("pwrite64:error=ENOSPC:when=2", "/.hyp3-mirror/manifest.jsonl"),
        ("fdatasync:error=EIO:when=1", "/.hyp3-mirror/manifest.jsonl"),
        ("fdatasync:error=EIO:when=2", "/.hyp3-mirror/manifest.jsonl"),
        ("pwrite64:error=EDQUOT:when=1", "/SHA256SUMS"), ("fdatasync:error=EIO:when=2", "/SHA256SUMS"),
        ("ftruncate:error=EIO:when=1", "/.hyp3-mirror/journal.jsonl"),
    ]

    @Test(arguments: depths.indices)
    func `a commit whose last steps fail leaves nothing in the tree that no record will ever name`(
        row: Int
    ) async throws {
        let (injection, below) = Self.depths[row]
        try await withMirror { mirror in
            try mirror.addJob()
            let suffixes = (10..<50).map { "_\($0).bin" }
            for (seed, suffix) in suffixes.enumerated() {
                let content = Content.pattern(seed: UInt64(seed), count: 20_000)
                mirror.simulator.catalogue.putObject(MirrorFixture.key(suffix), StoredObject(content.bytes))
            }
            func recorded(_ path: String) throws -> Set<String> {
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
                return Set(text.split(separator: "\n").compactMap { ManifestEntry(line: $0.utf8)?.path })
            }
            let prefix = Tracing.words(
                ["trace=fsync,fdatasync,pwrite64,ftruncate", "inject=\(injection)"],
                path: mirror.root + below,
                log: "\(mirror.archive)/trace.txt"
            )
            // One connection: the products come, and are committed, a few at a time.
            let result = try await mirror.run("sync", ["--connections", "1"], suffixes: suffixes, prefix: prefix)
            // How many commits there are depends on how fast the products come: there may be no second one.
            let isInjected = try String(contentsOfFile: "\(mirror.archive)/trace.txt", encoding: .utf8)
                .contains("(INJECTED)")
            #expect(isInjected || !injection.hasSuffix("when=1"))
            // A line for which there was no room at one moment is written at the next.
            let isPassing = injection.hasPrefix("pwrite64:error=E") && !injection.contains("EIO")
            let expected = isInjected && !isPassing ? RunStatus.storage.rawValue : 0
            #expect(result.exit == expected, "\(injection): \(result.errors)")
            let named = Set(try mirror.files().filter { $0.hasSuffix(".bin") })
            let known = try recorded(mirror.state.manifest).union(recorded(mirror.state.journal))
            #expect(named.isSubset(of: known), "\(injection): \(named.subtracting(known))")

            let next = try await mirror.run(suffixes: suffixes)
            #expect(next.exit == 0, "\(injection): \(next.errors)")
            let lines = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8).split(separator: "\n")
            let paths = try recorded(mirror.state.manifest)
            #expect(lines.count == suffixes.count && paths.count == suffixes.count)
            let sums = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
            #expect(try await RunningCommand(sums, directory: mirror.root).result().exit == 0, "\(injection)")
            let list = try String(contentsOfFile: mirror.state.checksums, encoding: .utf8).split(separator: "\n")
            #expect(list.count == suffixes.count)
        }
    }
}
