import COpenSSL
import CZlib

/// The digest algorithms of S3: MD5 makes ETags, the rest are `x-amz-checksum-…` headers.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable, Codable {
    case crc32
    case crc32c
    case crc64nvme
    case sha1
    case sha256
    case md5
}

/// The digest of `content`, as the bytes S3 would encode (CRCs big-endian).
///
/// The simulator computes its digests apart from the archiver's own library, so that one mistake cannot hide in both.
package func digest(_ content: Content, _ algorithm: ChecksumAlgorithm) -> [UInt8] {
    switch algorithm {
    case .md5: messageDigest(content, EVP_md5())
    case .sha1: messageDigest(content, EVP_sha1())
    case .sha256: messageDigest(content, EVP_sha256())
    case .crc32: bigEndian(crc32(content))
    case .crc32c:
        bigEndian(UInt32(truncatingIfNeeded: reflectedCRC(content, table: crc32cTable, initial: 0xFFFF_FFFF)))
    case .crc64nvme: bigEndian(reflectedCRC(content, table: crc64Table, initial: .max))
    }
}

/// CRC-32 as zip and gzip use it.
package func crc32(_ content: Content) -> UInt32 {
    var value = CZlib.crc32(0, nil, 0)
    content.forEachRun { (run) throws(Never) in
        value = crc32_z(value, run.bindMemory(to: UInt8.self).baseAddress, run.count)
    }
    return UInt32(truncatingIfNeeded: value)
}

/// HMAC-SHA-256 of `message`, the signature of the simulator's tokens.
func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    var length = 0
    let capacity = result.count
    _ = EVP_Q_mac(
        nil,
        "HMAC",
        nil,
        "SHA256",
        nil,
        key,
        key.count,
        message,
        message.count,
        &result,
        capacity,
        &length
    )
    return result
}

/// Lower-case hexadecimal.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }
    return String(decoding: text, as: UTF8.self)
}

private func messageDigest(_ content: Content, _ algorithm: OpaquePointer?) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestInit_ex(context, algorithm, nil)
    content.forEachRun { (run) throws(Never) in _ = EVP_DigestUpdate(context, run.baseAddress, run.count) }
    var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    EVP_DigestFinal_ex(context, &result, &length)
    return Array(result.prefix(Int(length)))
}

private func reflectedCRC(_ content: Content, table: [UInt64], initial: UInt64) -> UInt64 {
    var value = initial
    table.withUnsafeBufferPointer { table in
        content.forEachRun { (run) throws(Never) in
            for byte in run {
                value = table[Int(truncatingIfNeeded: (value ^ UInt64(byte)) & 0xFF)] ^ (value >> 8)
            }
        }
    }
    return value ^ initial
}

private func reflectedTable(_ polynomial: UInt64) -> [UInt64] {
    (0..<256).map { index in
        var value = UInt64(index)
        for _ in 0..<8 {
            value = value & 1 == 1 ? (value >> 1) ^ polynomial : value >> 1
        }
        return value
    }
}

/// Castagnoli's polynomial 0x1EDC6F41, reflected.
private let crc32cTable = reflectedTable(0x82F6_3B78)

/// The polynomial of NVMe, 0xAD93D23594C93659, reflected.
private let crc64Table = reflectedTable(0x9A6C_9329_AC4B_C9B5)

private func bigEndian<I: FixedWidthInteger>(_ value: I) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
