import Foundation
import Testing

@testable import HyP3Mirror

/// What the manifest tells of a product is enough to fetch it anew.
@Suite struct `Product of a manifest line` {
    private static let line = """
        {"archived":"2026-11-02T10:00:00Z","check":"md5-etag","etag":"\\"e\\"","expires":"2026-11-16T00:00:00Z",\
        "job_id":"j","job_name":"floods","job_parameters":{"granules":["G"],"resolution":30,"x":null,"y":0.5},\
        "job_type":"RTC_GAMMA","moved":"2026-11-03T10:00:00Z","path":"2026/A_VV.tif",\
        "requested":"2026-11-01T00:00:00Z","schema":1,"sha256":"00","size":7,"url":"https://b.example/A_VV.tif"}
        """

    @Test func `it goes where the file lies now, and its record says of the job what the line said`() throws {
        let entry = try #require(ManifestEntry(line: Self.line.utf8))
        let product = Product(entry)
        #expect(product.file == "A_VV.tif" && product.path == "2026/A_VV.tif" && product.url == entry.url)
        #expect(!product.isNamed && product.wanted == nil && product.expectation.stated == nil)
        #expect(product.urgency.expires == entry.expires && product.urgency.requested == entry.requested)
        let again = ManifestEntry(
            product,
            size: 7,
            sha256: "00",
            etag: "\"e\"",
            proof: .md5ETag,
            archived: entry.archived
        )
        var expected = entry
        expected.moved = nil
        expected.check = Proof.md5ETag.description
        #expect(again == expected && again.jobParameters != nil)
    }
}
