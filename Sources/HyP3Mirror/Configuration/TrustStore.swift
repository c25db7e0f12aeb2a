import SystemPackage

/// Which certificates are trusted in place of the system's.
enum TrustStore {
    /// Larger than any bundle of authorities.
    private static let limit = 16 << 20

    /// The PEM file of `--cacert`, `SSL_CERT_FILE` or `CURL_CA_BUNDLE`, in this order; nil where none is set.
    /// - Throws: `ConfigurationError` where it cannot be read or holds no certificate.
    static func file(_ chosen: String?, environment: [String: String]) throws(ConfigurationError) -> String? {
        let variables = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].map { (key: $0, path: environment[$0]) }
        for (key, path) in [(key: "--cacert", path: chosen)] + variables {
            guard let path, !path.isEmpty else { continue }
            let bytes: [UInt8]
            do {
                bytes = try FileDescriptor.open(path, .readOnly).readAll(limit: Self.limit)
            } catch {
                throw Self.error(key, path, "cannot be read: \(error); it must be a PEM file of certificates to trust")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains("-----BEGIN CERTIFICATE-----") || text.contains("-----BEGIN TRUSTED CERTIFICATE-----")
            else { throw Self.error(key, path, "holds no certificate; it must be a PEM file of certificates to trust") }
            return path
        }
        return nil
    }

    private static func error(_ key: String, _ path: String, _ advice: String) -> ConfigurationError {
        ConfigurationError(place: .environment, key: key, value: path, advice: advice)
    }
}
