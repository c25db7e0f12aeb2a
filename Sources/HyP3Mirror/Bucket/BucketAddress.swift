/// Where a product lies in a bucket, as its URL tells, and how the bucket is asked for a listing.
package struct BucketAddress: Sendable, Hashable {
    /// Lists the bucket, given a query.
    package let bucket: HTTPURL
    /// Decoded, without a slash at its start.
    package let key: String

    /// What stands behind the last slash of the key.
    var name: String { String(Substring(self.key.utf8.dropFirst(self.directory.utf8.count))) }

    /// The key up to its last slash, with it; empty where there is none. By bytes, as S3 compares keys: characters may be
    /// composed in more than one way.
    var directory: String {
        let slash = self.key.utf8.lastIndex(of: UInt8(ascii: "/"))
        return slash.map { String(Substring(self.key.utf8[...$0])) } ?? ""
    }

    /// Nil for a URL without a key, or with a query, which says that the host is more than a bucket.
    ///
    /// - Parameter url: of an object, in either style of Amazon S3: `https://BUCKET.s3.REGION.amazonaws.com/KEY` or
    ///   `https://s3.REGION.amazonaws.com/BUCKET/KEY`. Other names are taken for the former, addresses and `localhost`
    ///   for the latter; a guess that is wrong is answered with a refusal.
    package init?(_ url: HTTPURL) {
        guard url.query == nil else { return nil }
        var bucket = "/"
        var key = url.path.dropFirst()
        if Self.isPathStyle(url.origin.host) {
            let name = key.prefix { $0 != "/" }
            guard !name.isEmpty else { return nil }
            bucket += name
            key = key[name.endIndex...].dropFirst()
        }
        guard !key.isEmpty else { return nil }
        self.bucket = HTTPURL(origin: url.origin, path: bucket, query: nil)
        self.key = PercentEncoding.decoded(key)
    }

    /// The first page of what begins with `prefix`, or the one that `token` stands for.
    ///
    /// `encoding-type=url` because XML cannot hold every character that a key can.
    func listing(prefix: String, token: String?) -> HTTPURL {
        var query = "list-type=2&encoding-type=url&prefix=\(PercentEncoding.encoded(prefix))"
        if let token { query += "&continuation-token=\(PercentEncoding.encoded(token))" }
        return HTTPURL(origin: self.bucket.origin, path: self.bucket.path, query: query)
    }

    private static func isPathStyle(_ host: String) -> Bool {
        if host.hasPrefix("[") || !host.contains(".") { return true }
        let labels = host.split(separator: ".")
        if labels.allSatisfy({ UInt8($0) != nil }) { return true }
        func isService(_ label: Substring) -> Bool { label == "s3" || label.hasPrefix("s3-") }
        return labels.first.map(isService) ?? false && !labels.dropFirst().contains(where: isService)
    }
}
