import Foundation
import TestSupport
import Testing

/// Each parser of what others write, over its corpus, over what it once failed on, and over inputs that a seed makes of
/// them. `scripts/fuzz` does the same for as long as one likes, led by the code that is reached.
@Suite(.serialized) struct FuzzTests {
    /// Of each target; the seed is the same in all runs, so that a failure is one of the change.
    private static let inputs = 400
    private static let seed: UInt64 = 20_240_801
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static func corpus(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = Self.directory.appending(path: "Corpus/\(target.name)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.map { ($0, [UInt8](try Data(contentsOf: folder.appending(path: $0)))) }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func `whatever comes, a parser keeps its word`(
        _ name: String
    ) async throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let corpus = try Self.corpus(target)
        #expect(!corpus.isEmpty)
        try await withTemporaryDirectory { directory in
            let path = NSTemporaryDirectory() + "hyp3-fuzz-\(name)-\(getpid())"
            let command = "scripts/fuzz \(name) \(path)"
            InputAtHand.watch(path: path, command: command)
            defer { InputAtHand.unwatch() }
            let scratch = ScratchDirectory(directory)
            func read(_ input: [UInt8], _ what: String) throws {
                do {
                    try InputAtHand.reading(input) { try target.read(input, scratch) }
                } catch {
                    try Data(input).write(to: URL(filePath: path))
                    Issue.record("\(what): \(error); repeat it with: \(command)")
                }
            }
            for (file, bytes) in corpus { try read(bytes, file) }
            var mutator = Mutator(corpus: corpus.map(\.bytes), seed: Self.seed)
            for number in 1...Self.inputs { try read(mutator.next(), "input \(number) of seed \(Self.seed)") }
        }
    }
}
