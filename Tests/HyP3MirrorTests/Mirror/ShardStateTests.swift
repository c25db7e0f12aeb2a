import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `State of shards` {
    private static let holder = RunLockHolder(host: "node", process: 1, started: nil, command: "")

    private static func project(_ directory: String, _ shard: String?) throws -> ProjectDirectory {
        ProjectDirectory(directory, shard: try shard.map { try Shard($0) })
    }

    @Test(arguments: [
        (nil, nil, false), (nil, "1/2", false), ("1/2", nil, false), ("1/2", "1/2", false), ("1/2", "2/2", true),
        ("1/2", "1/3", true),
    ])
    func `shards run at once, and a whole run alone`(first: String?, second: String?, atOnce: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let held = try await ArchiveLock.acquire(try Self.project(directory, first), holder: Self.holder)
            let project = try Self.project(directory, second)
            if atOnce {
                try await ArchiveLock.acquire(project, holder: Self.holder).release()
            } else {
                await #expect(throws: RunLock.Failure.self) {
                    try await ArchiveLock.acquire(project, holder: Self.holder)
                }
            }
            held.release()
            try await ArchiveLock.acquire(project, holder: Self.holder).release()
            try await ArchiveLock.acquire(try Self.project(directory, nil), holder: Self.holder).release()
        }
    }

    @Test func `each shard has state of its own, and all of it is found`() async throws {
        try await withTemporaryDirectory { directory in
            let projects = try [nil, "2/8", "10/16"].map { try Self.project(directory, $0) }
            let names = projects.map { FilePath($0.staging).lastComponent?.string }
            #expect(names == ["partial", "partial-2-of-8", "partial-10-of-16"])
            #expect(try projects[0].parts(with: "manifest").isEmpty)
            _ = try SystemCalls.makeDirectories(projects[0].state)
            for path in projects.map(\.manifest) + ["\(projects[0].state)/manifest-9-of-8.jsonl"] {
                try Data().write(to: URL(filePath: path))
            }
            #expect(Set(try projects[0].parts(with: "manifest")) == Set(projects))
        }
    }

    @Test func `lines that shards add and drop at the same time are all whole, and none is missing`() async throws {
        try await withTemporaryDirectory { directory in
            let (threads, lines) = (4, 50)
            _ = try SystemCalls.makeDirectories(try Self.project(directory, nil).state)
            let digest = String(repeating: "a", count: 64)
            let next = Atomic<Int>(0)
            let failures = Mutex<[String]>([])
            runOnThreads(threads) {
                let thread = next.wrappingAdd(1, ordering: .relaxed).oldValue
                do {
                    let list = ChecksumList(project: try Self.project(directory, "\(thread + 1)/\(threads)"))
                    for line in 0..<lines {
                        let name = "\(thread)-\(line)"
                        try list.append(Array("\(digest)  \(name)\n\(digest)  stale-\(name)\n".utf8))
                        try list.rewrite { $0.path.elementsEqual("stale-\(name)".utf8) ? .drop : .keep }
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
            #expect(failures.withLock { $0 } == [])
            let text = try String(contentsOfFile: "\(directory)/SHA256SUMS", encoding: .utf8)
            let expected = (0..<threads).flatMap { thread in (0..<lines).map { "\(digest)  \(thread)-\($0)" } }
            #expect(text.split(separator: "\n").map(String.init).sorted() == expected.sorted())
        }
    }
}
