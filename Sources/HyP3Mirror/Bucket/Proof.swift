package import Checksums

/// The check that proved a product; its text stands in manifest and report.
package enum Proof: Sendable, Hashable, CustomStringConvertible {
    case fullObject(DigestAlgorithm)
    case multipartETag(PartDivision)
    case md5ETag
    case composite(DigestAlgorithm, PartDivision)
    /// No digest of the service to compare with: exact length and sound structure only.
    case lengthOnly

    package var description: String {
        switch self {
        case .fullObject(let algorithm): "checksum-\(algorithm.rawValue)"
        case .multipartETag(let division): "multipart-etag-\(division.text)"
        case .md5ETag: "md5-etag"
        case .composite(let algorithm, let division): "composite-\(algorithm.rawValue)-\(division.text)"
        case .lengthOnly: "length"
        }
    }

    /// Short name without part sizes, to count by.
    package var kind: String {
        switch self {
        case .multipartETag: "multipart-etag"
        case .composite(let algorithm, _): "composite-\(algorithm.rawValue)"
        default: self.description
        }
    }
}

extension PartDivision {
    /// Bytes of a part, or `parts` where the service told the length of each.
    fileprivate var text: String {
        switch self {
        case .equal(let size): "\(size)"
        case .lengths: "parts"
        }
    }
}
