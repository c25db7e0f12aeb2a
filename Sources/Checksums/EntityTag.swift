/// An `ETag` as a server sent it (RFC 9110 section 8.8.3), with what its form says about the bytes.
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What the tag may be a digest of, judged by its form alone.
    package enum Form: Sendable, Hashable {
        /// 32 hexadecimal digits: the MD5 of the object, if the store is S3 and does not encrypt with keys of its own.
        case md5(Digest)
        /// 32 hexadecimal digits, `-` and a number: the MD5 of the MD5s of so many parts.
        case multipart(CompositeDigest)
        /// Anything else; it says only whether two answers are about the same bytes.
        case opaque
    }

    /// The header's value without surrounding white space; what `If-Range` and `If-Match` want back.
    package let headerValue: String
    /// The tag without `W/` and quotes.
    package let tag: String
    /// Weak (`W/"…"`): equal meaning, not equal bytes. No use for resuming, and no digest.
    package let isWeak: Bool
    package let form: Form

    /// Reads a header's value. Some servers leave the quotes out; that is taken as meant.
    ///
    /// - Returns: nil where nothing is between the quotes, a quote stands inside or on one side only, or there is a
    ///   control character.
    package init?(_ headerValue: some StringProtocol) {
        let value = trimmingBlanks(headerValue)
        var rest = value[...]
        self.isWeak = rest.hasPrefix("W/")
        if self.isWeak { rest = rest.dropFirst(2) }
        if rest.hasPrefix("\"") {
            guard rest.utf8.count >= 2, rest.hasSuffix("\"") else { return nil }
            rest = rest.dropFirst().dropLast()
        }
        guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }) else {
            return nil
        }
        self.headerValue = value
        self.tag = String(rest)
        self.form = self.isWeak ? .opaque : Self.form(of: rest)
    }

    private static func form(of tag: Substring) -> Form {
        if let digest = Digest(.md5, hex: tag) { return .md5(digest) }
        guard let dash = tag.firstIndex(of: "-"), let digest = Digest(.md5, hex: tag[..<dash]),
            let parts = partCount(tag[tag.index(after: dash)...])
        else { return .opaque }
        return .multipart(CompositeDigest(digest: digest, parts: parts))
    }

    /// What the tag claims about the bytes, given how the store encrypts them.
    ///
    /// With SSE-KMS and SSE-C an S3 ETag has the same form but is no MD5 (S3 API, "Object", ETag).
    ///
    /// - Parameters:
    ///   - serverSideEncryption: the value of `x-amz-server-side-encryption`, if sent: `AES256` is harmless.
    ///   - customerAlgorithm: the value of `x-amz-server-side-encryption-customer-algorithm`, if sent.
    package func form(serverSideEncryption: String?, customerAlgorithm: String?) -> Form {
        if customerAlgorithm != nil { return .opaque }
        guard let encryption = serverSideEncryption.map({ trimmingBlanks($0) }), !encryption.isEmpty else {
            return self.form
        }
        return encryption == "AES256" ? self.form : .opaque
    }

    package var description: String { self.headerValue }
}

/// The number of parts behind a `-`: 1 to 10,000, S3's limit, without sign or leading zero.
func partCount(_ text: Substring) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "0"),
        text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let parts = Int(text),
        parts <= 10_000
    else { return nil }
    return parts
}

/// Without spaces and tabs at both ends.
func trimmingBlanks(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
    while rest.last == " " || rest.last == "\t" { rest.removeLast() }
    return String(rest)
}
