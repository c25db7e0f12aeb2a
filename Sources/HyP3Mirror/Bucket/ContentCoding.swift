import CurlTransfer

/// What `Content-Encoding` says. Some stores and proxies give charsets and their own words here, over plain bytes.
struct ContentCoding: Sendable, Hashable {
    /// A registered coding: the body is another form of the object (RFC 9110 §8.4.1 and the IANA registry).
    private(set) var transforming: String?
    /// A word that names no coding.
    private(set) var unknown: String?

    private static let registered: Set<String> = [
        "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "x-compress", "x-gzip",
        "zstd",
    ]

    init(_ headers: HTTPHeaders) {
        for field in headers.all("content-encoding") {
            for word in field.split(separator: ",").map({ $0.trimmedOfBlanks.lowercased() }) where !word.isEmpty {
                if Self.registered.contains(word) {
                    self.transforming = self.transforming ?? word
                } else if word != "identity" {
                    self.unknown = self.unknown ?? String(word.prefix(40))
                }
            }
        }
    }
}
