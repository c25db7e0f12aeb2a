/// The URL of an object of which HyP3 tells bucket and key.
///
/// HyP3 puts the key into `url` as it is, and a key with `#`, `?`, `%` or spaces makes another URL of it.
enum ObjectURL {
    /// Nil where `url` says what it means, or names another object.
    ///
    /// - Parameter url: as HyP3 made it.
    static func of(bucket: String, key: String, url: String) -> String? {
        guard let slashes = url.firstRange(of: "://") else { return nil }
        let authority = url[slashes.upperBound...].prefix { !"/?#".contains($0) }
        let path = url.utf8[authority.endIndex...]
        guard let origin = try? HTTPURL(String(url[..<authority.endIndex])).origin else { return nil }
        let encoded = PercentEncoding.encodedKey(key)
        // The bucket is the first part of the host or of the path, or hidden behind a host that has the key as it is.
        let isNamedByHost = !bucket.isEmpty && origin.host.hasPrefix("\(bucket.lowercased()).")
        if isNamedByHost || path.elementsEqual("/\(key)".utf8) { return "\(origin)/\(encoded)" }
        guard !bucket.isEmpty, path.starts(with: "/\(bucket)/".utf8) else { return nil }
        return "\(origin)/\(PercentEncoding.encoded(bucket))/\(encoded)"
    }
}
