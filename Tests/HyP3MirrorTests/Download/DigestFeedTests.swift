import Checksums
import CurlTransfer
import TestSupport
import Testing

@testable import HyP3Mirror

struct DigestFeedTests {
    private static let chunk = StagedFile.chunkSize

    /// A staged file with these many chunks of one byte, and a feed that takes them for `present`.
    private static func feed(
        _ directory: String,
        chunks: Int,
        present: Int
    ) throws -> (feed: DigestFeed, file: StagedFile) {
        let file = try StagedFile(path: directory + "/part", url: "https://b.example/x", target: "x.tif", boot: "b")
        let total = Int64(present * Self.chunk)
        try file.begin(total: total, evidence: ServiceEvidence(["ETag": "\"abc\""]), boot: "b")
        let bytes = [UInt8](repeating: 7, count: Self.chunk)
        for index in 0..<chunks {
            try bytes.withUnsafeBytes { try file.write($0, at: Int64(index * Self.chunk)) }
        }
        return (try DigestFeed(number: 1, [.whole(.md5)], present: [0..<total]), file)
    }

    @Test func `one piece is out at a time, and all together are the object`() async throws {
        try await withTemporaryDirectory { directory in
            var (feed, file) = try Self.feed(directory, chunks: 3, present: 3)
            for _ in 0..<3 {
                guard case .digest(let buffers) = try feed.next(from: file), case .wait = try feed.next(from: file)
                else {
                    Issue.record("two pieces are out, or none")
                    return
                }
                try DigestSet.update(buffers.map { (set: feed.digests, bytes: $0.bytes) })
                feed.returned()
            }
            guard case .reached(let end) = try feed.next(from: file) else {
                Issue.record("there is more than was staged")
                return
            }
            #expect(end == Int64(3 * Self.chunk))
            let whole = try DigestSet([.whole(.md5)])
            let bytes = [UInt8](repeating: 7, count: 3 * Self.chunk)
            try bytes.withUnsafeBytes { try whole.update($0) }
            #expect(try feed.digests.finish() == whole.finish())
        }
    }

    @Test func `what is staged and cannot be read back is an error, with the file's name`() async throws {
        try await withTemporaryDirectory { directory in
            var (feed, file) = try Self.feed(directory, chunks: 1, present: 2)
            _ = try feed.next(from: file)
            feed.returned()
            #expect { _ = try feed.next(from: file) } throws: { error in
                (error as? FilesystemError)?.path == directory + "/part"
            }
        }
    }
}
