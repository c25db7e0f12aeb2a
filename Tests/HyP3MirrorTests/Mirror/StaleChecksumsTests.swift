import Foundation
import TestSupport
import Testing

@testable import HyP3Mirror

@Suite struct `Stale checksums` {
    private static let digest = String(repeating: "a", count: 64)

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var suffixes: [String]
        /// In the archive.
        var present: [String] = []
        var before: [String]
        var after: [String]
    }

    private static let cases = [
        Case(
            testDescription: "products to be fetched go, others stay",
            suffixes: ["_VV.tif", "_VH.tif"],
            present: ["p_VH.tif"],
            before: ["p_VV.tif", "p_VH.tif", "q_VV.tif", "sub/p_VV.tif"],
            after: ["p_VH.tif", "q_VV.tif", "sub/p_VV.tif"]
        ),
        Case(
            testDescription: "of a pattern the deleted go",
            suffixes: ["_FM_*_PW.tif"],
            present: ["p_FM_a_PW.tif"],
            before: ["p_FM_a_PW.tif", "p_FM_b_PW.tif", "p_FM_b_PW.png", "pp_FM_b_PW.tif", "q_FM_b_PW.tif"],
            after: ["p_FM_a_PW.tif", "p_FM_b_PW.png", "pp_FM_b_PW.tif", "q_FM_b_PW.tif"]
        ),
        Case(
            testDescription: "what was sorted into a directory is not deleted",
            suffixes: ["_FM_*_PW.tif"],
            present: ["sorted/p_FM_a_PW.tif"],
            before: ["p_FM_a_PW.tif", "p_FM_b_PW.tif"],
            after: ["p_FM_a_PW.tif"]
        ),
        Case(
            testDescription: "two patterns and a name",
            suffixes: ["_W*.tif", "_FM_*.tif", "_VV.tif"],
            before: ["p_WM.tif", "p_FM_a.tif", "p_VV.tif", "p_VH.tif"],
            after: ["p_VH.tif"]
        ),
    ]

    @Test(arguments: cases)
    func `lines go of what is to be fetched anew, and of nothing else`(_ row: Case) async throws {
        try await withTemporaryDirectory { directory in
            let project = ProjectDirectory(directory)
            _ = try SystemCalls.makeDirectories(project.state)
            let text = row.before.map { "\(Self.digest)  \($0)\n" }.joined()
            try Data(text.utf8).write(to: URL(filePath: project.checksums))
            let policy = PlanPolicy(suffixes: try row.suffixes.map { try SuffixTemplate($0) }, now: planNow)
            let plan = Plan.of([.example("a", stem: "p")], policy: policy, present: row.present)
            try StaleChecksums(project: project).drop(plan)
            let after = try String(contentsOfFile: project.checksums, encoding: .utf8).split(separator: "\n")
            #expect(after.map { String($0.dropFirst(66)) } == row.after)
        }
    }
}
