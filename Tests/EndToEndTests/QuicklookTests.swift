import Foundation
import HyP3Simulator
import Testing

@testable import HyP3Mirror

/// The images that HyP3 shows of jobs, beside their products.
@Suite(.timeLimit(.minutes(5))) struct QuicklookTests {
    private static let switched = ["quicklooks": ["true"]]

    private static func images(_ mirror: MirrorFixture) throws -> [String] {
        try mirror.files().filter { $0.hasSuffix(".png") }
    }

    private static func report(_ mirror: MirrorFixture) async throws -> ArchiveReport {
        let options = ["--json", "--quicklooks"]
        let result = try await mirror.run("report", options, suffixes: VerifyTests.suffixes, environment: [:])
        #expect(result.exit == 0, "\(result.errors)")
        return try ArchiveReport(json: Array(result.output.utf8))
    }

    @Test func `images are archived as products are, and counted apart`() async throws {
        try await VerifyTests.withArchive { mirror in
            #expect(try Self.images(mirror).isEmpty)
            let plain = try await Self.report(mirror)
            let run = try await mirror.sync(Self.switched, suffixes: VerifyTests.suffixes)
            let images = try Self.images(mirror)
            #expect(run.exitCode == .ok && run.archived == 0 && run.quicklooks == images.count, "\(run.summary)")
            #expect(images.count > 10 && images.contains { $0.hasSuffix("_thumb.png") }, "\(images)")
            let text = try String(contentsOfFile: mirror.state.manifest, encoding: .utf8)
            let entries = text.split(separator: "\n").compactMap { ManifestEntry(line: $0.utf8) }
            let marked = entries.filter { $0.isQuicklook == true }
            #expect(Set(marked.map(\.path)) == Set(images) && marked.allSatisfy { $0.check.contains("etag") })
            try await VerifyTests.expectSumsPass(mirror)

            let report = try await Self.report(mirror)
            #expect(report.files == plain.files && report.bytes == plain.bytes && report.days == plain.days)
            #expect(report.acquisitions == plain.acquisitions && report.incomplete == plain.incomplete)
            #expect(report.quicklooks?.files == images.count && report.verdict == .complete, "\(report.because)")
            let newest = try #require(report.quicklooks?.newest)
            #expect(!newest.isEmpty && newest.count <= 12 && newest.allSatisfy { $0.path.hasSuffix("_thumb.png") })
            let days = newest.compactMap(\.day)
            #expect(days == days.sorted(by: >))

            let before = mirror.productRequests.count
            let again = try await mirror.sync(Self.switched, suffixes: VerifyTests.suffixes)
            #expect(again.quicklooks == 0 && again.exitCode == .ok && mirror.productRequests.count == before)
            // Sorted away by hand, they are found again.
            try FileManager.default.createDirectory(atPath: "\(mirror.root)/png", withIntermediateDirectories: false)
            try FileManager.default.moveItem(
                atPath: "\(mirror.root)/\(images[0])",
                toPath: "\(mirror.root)/png/\(images[0])"
            )
            let moved = try await mirror.sync(Self.switched, suffixes: VerifyTests.suffixes)
            #expect(moved.quicklooks == 0 && mirror.productRequests.count == before)
            let verified = try await VerifyTests.verify(mirror, ["--quicklooks"])
            #expect(verified.result.exit == 0 && verified.report.unknown == 0, "\(verified.result.output)")
        }
    }

    @Test func `what cannot be had makes no archive incomplete, and is tried again`() async throws {
        try await VerifyTests.withArchive { mirror in
            let fault = mirror.simulator.faults.add(Fault(.object, "*_thumb.png", effect: .status(code: 500)))
            let switched = Self.switched.merging(["incremental": ["true"]]) { first, _ in first }
            let run = try await mirror.sync(switched, suffixes: VerifyTests.suffixes)
            #expect(run.exitCode == .incomplete && run.quicklooks > 0, "\(run.summary)")
            #expect(run.rows.allSatisfy { $0.file.hasSuffix("_thumb.png") })
            #expect(try await Self.report(mirror).verdict == .complete)
            mirror.simulator.faults.remove(fault)
            let again = try await mirror.sync(switched, suffixes: VerifyTests.suffixes)
            // Some were not asked for while the host gave nothing.
            #expect(again.exitCode == .ok && again.quicklooks > 0, "\(again.summary)")
            let third = try await mirror.sync(switched, suffixes: VerifyTests.suffixes)
            #expect(third.exitCode == .ok && third.quicklooks == 0, "\(third.summary)")
        }
    }

    @Test func `one that is not there is no loss, and not asked for again and again`() async throws {
        try await VerifyTests.withArchive { mirror in
            let keys = mirror.simulator.catalogue.keys().filter { $0.hasSuffix("_thumb.png") && !$0.contains("_rgb") }
            try #require(!keys.isEmpty)
            for key in keys { mirror.simulator.catalogue.removeObject(key) }
            let run = try await mirror.sync(Self.switched, suffixes: VerifyTests.suffixes)
            #expect(run.exitCode == .ok && run.quicklooks > 0 && run.newlyLost == 0, "\(run.summary)")
            let report = try await Self.report(mirror)
            #expect(report.verdict == .complete && report.lost == 0 && report.incomplete.jobs == 0)
        }
    }

    @Test func `the page shows the newest scenes`() async throws {
        try await VerifyTests.withArchive { mirror in
            _ = try await mirror.sync(Self.switched, suffixes: VerifyTests.suffixes)
            let path = "\(mirror.archive)/page.html"
            let options = ["--quicklooks", "--html", path]
            let result = try await mirror.run("report", options, suffixes: VerifyTests.suffixes, environment: [:])
            #expect(result.exit == 0, "\(result.errors)")
            let page = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            let shown = page.components(separatedBy: "src=\"data:image/png;base64,iVBOR").count - 1
            #expect(shown > 0 && page.contains("data-field=\"gallery\">\(shown)<"), "\(shown)")
            #expect(!page.contains("src=\"http") && page.utf8.count < 1_000_000)
        }
    }
}
