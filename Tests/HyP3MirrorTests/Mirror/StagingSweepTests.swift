import CurlTransfer
import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

/// What a run clears away, of what it and others have staged.
@Suite struct `Staging sweep` {
    /// What lies in a part's staging directory, besides what nothing is known of.
    private enum Staged: String, CaseIterable {
        case wanted
        /// Named by no plan.
        case young
        case old
        case archived
        /// Data without a record.
        case bare
    }

    private static func project(_ directory: String, _ shard: String?) throws -> ProjectDirectory {
        ProjectDirectory(directory, shard: try shard.map { try Shard($0) })
    }

    /// The plan of a run that is to fetch `wanted`.
    private static func plan() throws -> Plan {
        let policy = PlanPolicy(suffixes: [try SuffixTemplate(".zip")], now: planNow)
        return Plan.of([.example("wanted", stem: "wanted")], policy: policy)
    }

    private static func path(_ staged: Staged, in part: ProjectDirectory) throws -> String {
        try part.staged(path: "\(staged).zip", url: "https://bucket.example/\(staged)/\(staged).zip")
    }

    private static func stage(in part: ProjectDirectory) throws {
        _ = try SystemCalls.makeDirectories(part.staging)
        for staged in Staged.allCases {
            let path = try Self.path(staged, in: part)
            do {
                let file = try StagedFile(
                    path: path,
                    url: "https://bucket.example/\(staged)/\(staged).zip",
                    target: "\(staged).zip",
                    boot: "b"
                )
                try file.begin(total: 2 << 20, evidence: ServiceEvidence(["ETag": "\"abc\""]), boot: "b")
                try [UInt8](repeating: 7, count: StagedFile.chunkSize).withUnsafeBytes { try file.write($0, at: 0) }
            }
            switch staged {
            case .wanted, .young: break
            case .old:
                let longAgo = Date.now.addingTimeInterval(-31 * 86400)
                try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: path)
            case .archived: try Data([1]).write(to: URL(filePath: part.path(of: "\(staged).zip")))
            case .bare: try SystemCalls.remove(path + StagedFile.recordSuffix)
            }
        }
    }

    private static func staged(in part: ProjectDirectory) throws -> Set<Staged> {
        Set(try Staged.allCases.filter { try SystemCalls.kind(of: Self.path($0, in: part)) != nil })
    }

    @Test(arguments: [nil, "1/2"] as [String?])
    func `of a run's own only what is wanted or young stays`(shard: String?) async throws {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, shard)
            try Self.stage(in: project)
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try Self.staged(in: project) == [.wanted, .young])
            #expect(try SystemCalls.names(in: project.staging).count == 4)
        }
    }

    @Test func `what stays is told with what it takes of the disk, and makes room after what the plan wants`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, nil)
            try Self.stage(in: project)
            let idle = try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            let (wanted, young) = (try Self.path(.wanted, in: project), try Self.path(.young, in: project))
            #expect(Set(idle.keys) == [wanted, young])
            let (first, last) = (try #require(idle[wanted]), try #require(idle[young]))
            #expect(first.urgency.expires == .days(11) && last.urgency.expires == .distantFuture)
            #expect(first.total == 2 << 20 && last.total == 2 << 20)
            #expect(first.bytes >= StagedFile.chunkSize && first.bytes < 2 << 20)
        }
    }

    @Test(arguments: [(nil, "2/4"), ("1/2", "2/4"), ("1/2", nil)] as [(String?, String?)])
    func `what parts of another count left is taken over, or cleared as one's own`(
        shard: String?,
        other: String?
    ) async throws {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, shard)
            let other = try Self.project(directory, other)
            try Self.stage(in: other)
            _ = try SystemCalls.makeDirectories(project.staging)
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try Self.staged(in: project) == [.wanted])
            #expect(try Self.staged(in: other) == [.young])
            let file = try StagedFile(
                path: try Self.path(.wanted, in: project),
                url: "https://bucket.example/wanted/wanted.zip",
                target: "wanted.zip",
                boot: "b"
            )
            #expect(file.resumable?.marks.count { $0 == .written } == 1)

            try Data([1]).write(to: URL(filePath: project.path(of: "young.zip")))
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try SystemCalls.kind(of: other.staging) == nil)
        }
    }

    @Test(arguments: [("1/2", "2/2", false), ("1/2", "2/4", true)])
    func `parts of the same count, and parts at work, keep all of theirs`(
        shard: String,
        other: String,
        isAtWork: Bool
    ) async throws {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, shard)
            let other = try Self.project(directory, other)
            try Self.stage(in: other)
            let holder = RunLockHolder(host: "node", process: 1, started: nil, command: "")
            let lock = isAtWork ? try await ArchiveLock.acquire(other, holder: holder) : nil
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try Self.staged(in: other) == Set(Staged.allCases))
            #expect(try Self.staged(in: project) == [])
            lock?.release()
        }
    }

    @Test func `what a commit that was cut off still needs stays`() async throws {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, "1/2")
            let other = try Self.project(directory, "2/4")
            try Self.stage(in: other)
            try Data("{}\n".utf8).write(to: URL(filePath: other.journal))
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try Self.staged(in: other) == Set(Staged.allCases))
        }
    }

    @Test func `bytes of one's own are not replaced by another part's`() async throws {
        try await withTemporaryDirectory { directory in
            let project = try Self.project(directory, nil)
            let other = try Self.project(directory, "2/4")
            for part in [project, other] { try Self.stage(in: part) }
            let path = try Self.path(.wanted, in: project)
            try SystemCalls.remove(path + StagedFile.recordSuffix)
            try Data([5]).write(to: URL(filePath: path))
            try StagingSweep(project: project, now: .now).run(plan: try Self.plan())
            #expect(try Data(contentsOf: URL(filePath: path)) == Data([5]))
        }
    }

    @Test func `what others put among the staged files is left alone`() async throws {
        try await withTemporaryDirectory { directory in
            let (own, other) = (try Self.project(directory, nil), try Self.project(directory, "1/2"))
            for part in [own, other] {
                _ = try SystemCalls.makeDirectories("\(part.staging)/@eaDir/deep")
                try Data([1]).write(to: URL(filePath: "\(part.staging)/.DS_Store"))
                _ = try SystemCalls.makeDirectories("\(part.staging)/\(String(repeating: "a", count: 32))")
            }
            _ = try SystemCalls.makeDirectories("\(own.state)/@eaDir")
            try StagingSweep(project: own, now: .now).run(plan: try Self.plan())
            for part in [own, other] {
                let names = Set(try SystemCalls.names(in: part.staging))
                #expect(names == ["@eaDir", ".DS_Store", String(repeating: "a", count: 32)])
            }
        }
    }
}
