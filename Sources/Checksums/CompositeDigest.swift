/// The digest of the parts of an object: S3's multipart ETag and its composite checksums.
///
/// The value is the digest of the parts' binary digests one after another. S3 writes it with `-` and the number of parts
/// behind it, in hexadecimal as ETag (MD5) and in base64 as `x-amz-checksum-*` (S3 User Guide, "Checking object integrity").
package struct CompositeDigest: Sendable, Hashable, CustomStringConvertible {
    package let digest: Digest
    /// How many parts; at least 1.
    package let parts: Int

    package var algorithm: DigestAlgorithm { self.digest.algorithm }

    /// Assembles the digests of all parts, in the order of the parts. They may have been made in any order.
    ///
    /// - Returns: nil where there is no part, or a part's digest is of another algorithm.
    package init?(_ algorithm: DigestAlgorithm, parts: some Collection<Digest>) throws(ChecksumError) {
        guard !parts.isEmpty, parts.allSatisfy({ $0.algorithm == algorithm }) else { return nil }
        let stream = try StreamDigest(algorithm)
        for part in parts { try stream.update(part.bytes.span.bytes) }
        self.init(digest: try stream.finish(), parts: parts.count)
    }

    init(digest: Digest, parts: Int) {
        self.digest = digest
        self.parts = parts
    }

    /// As in an ETag, without quotes: `9b2cf535f27731c974343645a3985328-3`.
    package var etag: String { "\(self.digest.hex)-\(self.parts)" }

    /// As in an `x-amz-checksum-*` header: `zLoSFw==-3`.
    package var headerValue: String { "\(self.digest.base64)-\(self.parts)" }

    package var description: String { "\(self.algorithm.displayName) \(self.etag)" }
}
