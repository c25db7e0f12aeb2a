/// A digest or checksum a product may be proven by.
package enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable, Codable {
    case md5
    case sha1
    case sha256
    /// The CRC-32 of zlib, zip and PNG.
    case crc32
    /// CRC-32C (Castagnoli).
    case crc32c
    /// CRC-64/NVME, the default checksum of newer S3 clients.
    case crc64nvme

    /// Bytes of one digest.
    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        }
    }

    /// The S3 header that carries this checksum of an object, in lower case; nil for MD5, which only ETags carry.
    package var checksumHeader: String? {
        self == .md5 ? nil : "x-amz-checksum-\(self.rawValue)"
    }

    /// The name people know it by, for messages.
    package var displayName: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA-1"
        case .sha256: "SHA-256"
        case .crc32: "CRC-32"
        case .crc32c: "CRC-32C"
        case .crc64nvme: "CRC-64/NVME"
        }
    }
}
