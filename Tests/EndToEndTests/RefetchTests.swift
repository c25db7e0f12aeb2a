import Foundation
import HyP3Simulator
import Testing

@testable import HyP3Mirror

/// Products that the manifest alone tells of are fetched where their files are gone, without a word of HyP3.
@Suite struct `Fetching by the manifest` {
    private static func fetch(_ mirror: MirrorFixture, _ products: [Product]) async throws -> [FetchOutcome] {
        let project = try mirror.mirror(environment: [:])
        let lock = try await project.archive.lock(for: "verify", pace: .real)
        defer { lock.release() }
        #expect(try await project.archive.open() == nil)
        var outcomes: [FetchOutcome] = []
        try await project.session.withService(project.settings) { service in
            let (settings, archive) = (project.settings, project.archive)
            try await Fetching.run(products, settings, archive, service, Traffic()) { outcomes.append($0) }
        }
        return outcomes
    }

    private static func entries(_ mirror: MirrorFixture) throws -> [ManifestEntry] {
        let text = try String(contentsOfFile: "\(mirror.root)/.hyp3-mirror/manifest.jsonl", encoding: .utf8)
        return text.split(separator: "\n").compactMap { ManifestEntry(line: $0.utf8) }
    }

    @Test func `a file that is gone comes back to where it lay, with the record of its job`() async throws {
        let bytes = [UInt8](repeating: 7, count: 300_000)
        try await withProduct(bytes) { mirror in
            #expect(try await mirror.sync().archived == 1)
            let entry = try #require(try Self.entries(mirror).first)
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(entry.path)")
            // Other bytes than those that SHA256SUMS has.
            let other = [UInt8](repeating: 8, count: 300_000)
            mirror.simulator.catalogue.putObject(MirrorFixture.key("_x.bin"), StoredObject(other))
            let before = mirror.simulator.requests.all.count { $0.path == "/jobs" }
            let outcomes = try await Self.fetch(mirror, [Product(entry)])
            guard case .archived(let again)? = outcomes.first?.result else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(outcomes.count == 1 && mirror.bytes(entry.path) == other)
            #expect(again.path == entry.path && again.jobID == entry.jobID && again.requested == entry.requested)
            #expect(again.jobParameters == entry.jobParameters && again.sha256 != entry.sha256)
            #expect(mirror.simulator.requests.all.count { $0.path == "/jobs" } == before)
            let list = try String(contentsOfFile: "\(mirror.root)/SHA256SUMS", encoding: .utf8)
            #expect(list == "\(again.sha256)  \(entry.path)\n")
        }
    }

    @Test func `what the host gives no more is told, and touches nothing`() async throws {
        try await withProduct([UInt8](repeating: 7, count: 300_000)) { mirror in
            #expect(try await mirror.sync().archived == 1)
            let entry = try #require(try Self.entries(mirror).first)
            try FileManager.default.removeItem(atPath: "\(mirror.root)/\(entry.path)")
            mirror.simulator.faults.add(Fault(.object, "*_x.bin", effect: .status(code: 404)))
            let outcomes = try await Self.fetch(mirror, [Product(entry)])
            guard case .failed? = outcomes.first?.result else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(try mirror.files() == ["SHA256SUMS"])
        }
    }
}
