package import CurlTransfer
package import FoundationEssentials

/// What the service said of an object's identity and bytes, as its header fields had it.
///
/// Kept in the resume record, because a ranged answer no longer carries the whole object's checksums.
package struct ServiceEvidence: Sendable, Hashable, Codable {
    /// The `ETag` field with its quotes, and `W/` if weak (RFC 9110 §8.8.3).
    package var etag: String?
    /// `x-amz-checksum-*` values by algorithm (`crc32`, `crc32c`, `crc64nvme`, `sha1`, `sha256`), base64.
    package var checksums: [String: String] = [:]
    /// `x-amz-checksum-type`: `FULL_OBJECT` or `COMPOSITE`.
    package var checksumType: String?
    /// `x-amz-server-side-encryption`: `AES256`, `aws:kms`…
    package var encryption: String?
    /// The object is encrypted with a key of the customer, so its ETag is no MD5.
    package var hasCustomerKey = false
    /// `Last-Modified`: when the object was put where it lies (UTC), of a bucket at the end of the job's step.
    package var lastModified: Date?

    package init(_ headers: HTTPHeaders) {
        func field(_ name: String) -> String? {
            headers[name].flatMap { $0.utf8.count <= Self.longestField ? $0 : nil }
        }
        self.etag = field("etag")
        for algorithm in Self.algorithms {
            if let value = field("x-amz-checksum-\(algorithm)") { self.checksums[algorithm] = value }
        }
        self.checksumType = field("x-amz-checksum-type")
        self.encryption = field("x-amz-server-side-encryption")
        self.lastModified = field("last-modified").flatMap { HTTPDate.date($0) }
        self.hasCustomerKey = headers["x-amz-server-side-encryption-customer-algorithm"] != nil
    }

    /// Bytes; what is longer is no tag or digest, and would be kept in records and sent back with every request.
    private static let longestField = 1_024

    package static let algorithms = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]

    /// The ETag, if it may guard a range request: `If-Range` needs a strong one (RFC 9110 §13.1.5).
    package var strongETag: String? {
        guard let etag = self.etag, etag.hasPrefix("\""), etag.hasSuffix("\""), etag.utf8.count > 2 else { return nil }
        return etag
    }
}
