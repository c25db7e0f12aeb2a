import COpenSSL

/// A cryptographic digest as OpenSSL computes it (`EVP_DigestUpdate`), with the CPU's own instructions where it has them.
///
/// One owner at a time, see `StreamDigest`.
final class MessageDigest {
    let algorithm: DigestAlgorithm
    private let method: OpaquePointer
    private let context: OpaquePointer

    /// - Throws: `ChecksumError.Code.algorithm` where OpenSSL does not offer the algorithm, or has no memory.
    init(_ algorithm: DigestAlgorithm) throws(ChecksumError) {
        guard let method = FetchedMethods.shared.method(of: algorithm) else {
            throw ChecksumError(
                code: .algorithm,
                message: "OpenSSL on this machine offers no \(algorithm.displayName), by which products are proven"
                    + openSSLReason()
            )
        }
        guard let context = EVP_MD_CTX_new() else {
            throw ChecksumError(
                code: .algorithm,
                message: "OpenSSL has no memory for \(algorithm.displayName)\(openSSLReason())"
            )
        }
        self.algorithm = algorithm
        self.method = method
        self.context = context
        try self.begin()
    }

    deinit { EVP_MD_CTX_free(self.context) }

    /// Whether OpenSSL has the algorithm, and its configuration allows it.
    static func isOffered(_ algorithm: DigestAlgorithm) -> Bool { FetchedMethods.shared.method(of: algorithm) != nil }

    func update(_ bytes: UnsafeRawBufferPointer) throws(ChecksumError) {
        guard EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count) == 1 else { throw self.failure("update") }
    }

    /// The digest of everything so far; the next update begins anew.
    func finish() throws(ChecksumError) -> Digest {
        var bytes = [UInt8](repeating: 0, count: self.algorithm.byteCount)
        guard EVP_DigestFinal_ex(self.context, &bytes, nil) == 1 else { throw self.failure("final") }
        try self.begin()
        return Digest(known: self.algorithm, bytes: bytes)
    }

    private func begin() throws(ChecksumError) {
        guard EVP_DigestInit_ex2(self.context, self.method, nil) == 1 else { throw self.failure("init") }
    }

    private func failure(_ step: String) -> ChecksumError {
        ChecksumError(
            code: .algorithm,
            message: "OpenSSL failed in the \(step) step of \(self.algorithm.displayName)\(openSSLReason())"
        )
    }
}

/// The fetched implementations. Fetching takes locks and searches the providers, so it is done once a process
/// (OpenSSL's crypto(7), "Performance"); a fetched `EVP_MD` may be used by any number of threads.
private struct FetchedMethods: @unchecked Sendable {
    private let md5, sha1, sha256: OpaquePointer?

    static let shared = FetchedMethods()

    private init() {
        // Where FIPS rules are on, MD5 comes only from outside them; here it proves no secret.
        self.md5 = EVP_MD_fetch(nil, "MD5", nil) ?? EVP_MD_fetch(nil, "MD5", "-fips")
        self.sha1 = EVP_MD_fetch(nil, "SHA1", nil)
        self.sha256 = EVP_MD_fetch(nil, "SHA256", nil)
    }

    func method(of algorithm: DigestAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .md5: self.md5
        case .sha1: self.sha1
        case .sha256: self.sha256
        case .crc32, .crc32c, .crc64nvme: nil
        }
    }
}

/// The oldest entry of OpenSSL's error queue of this thread as ` (…)`, or nothing.
private func openSSLReason() -> String {
    let code = ERR_get_error()
    guard code != 0 else { return "" }
    ERR_clear_error()
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
        ERR_error_string_n(code, text.baseAddress, text.count)
        return text.baseAddress.map { " (\(String(cString: $0)))" } ?? ""
    }
}
