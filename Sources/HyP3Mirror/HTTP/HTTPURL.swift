/// An absolute `https` or `http` URL of plain ASCII.
///
/// Stricter than RFC 3986, so that two parsers (this one and libcurl's) can never disagree about the host: no user
/// part, no white space, no backslash, no control or non-ASCII character.
package struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    package let origin: Origin
    /// Begins with `/`; percent-encoded as given.
    package let path: String
    /// Without `?`; nil where there is none.
    package let query: String?

    package init(origin: Origin, path: String, query: String?) {
        self.origin = origin
        self.path = path
        self.query = query
    }

    /// - Throws: `InvalidValue` with what would be right.
    package init(_ text: String) throws(InvalidValue) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw InvalidValue("must be a URL without spaces, backslashes or characters outside ASCII")
        }
        // By bytes: a URL is ASCII here, and most of the time of naming products would go into characters.
        let scheme = text.utf8.prefix { $0 != UInt8(ascii: ":") }
        var rest = text.utf8[scheme.endIndex...]
        guard rest.starts(with: "://".utf8) else { throw InvalidValue("must begin with https://") }
        rest = rest.dropFirst(3).prefix { $0 != UInt8(ascii: "#") }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        self.origin = try Self.origin(scheme: Self.lowercased(Substring(scheme)), authority: Substring(authority))
        rest = rest[authority.endIndex...]
        let path = rest.prefix { $0 != UInt8(ascii: "?") }
        self.path = path.isEmpty ? "/" : String(Substring(path))
        self.query = path.endIndex < rest.endIndex ? String(Substring(rest[path.endIndex...].dropFirst())) : nil
    }

    package var text: String { "\(self.origin)\(self.path)" + (self.query.map { "?\($0)" } ?? "") }

    /// Without the query, which may hold a code or a token.
    package var description: String { "\(self.origin)\(self.path)" + (self.query == nil ? "" : "?…") }

    /// The URL that a `Location` header or a link of this document means (RFC 3986 §5.2, without dot segments).
    package func resolving(_ reference: String) throws(InvalidValue) -> HTTPURL {
        if let mark = reference.firstRange(of: "://"),
            !reference[..<mark.lowerBound].contains(where: { "/?#".contains($0) })
        {
            return try HTTPURL(reference)
        }
        if reference.hasPrefix("//") { return try HTTPURL("\(self.origin.scheme):\(reference)") }
        if reference.hasPrefix("/") { return try HTTPURL("\(self.origin)\(reference)") }
        if reference.hasPrefix("?") { return try HTTPURL("\(self.origin)\(self.path)\(reference)") }
        let directory = self.path[...(self.path.lastIndex(of: "/") ?? self.path.startIndex)]
        return try HTTPURL("\(self.origin)\(directory)\(reference)")
    }

    /// The first value of query item `name`, decoded (`+` is a space, as in forms).
    package func queryValue(_ name: String) -> String? {
        for item in (self.query ?? "").split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, PercentEncoding.decodedForm(parts[0]) == name else { continue }
            return PercentEncoding.decodedForm(parts[1])
        }
        return nil
    }

    private static func origin(scheme: String, authority: Substring) throws(InvalidValue) -> Origin {
        guard scheme == "https" || scheme == "http" else { throw InvalidValue("must begin with https://") }
        let bytes = authority.utf8
        guard !bytes.contains(UInt8(ascii: "@")) else { throw InvalidValue("must not hold a user or a password") }
        var host = authority
        var port = scheme == "https" ? 443 : 80
        let afterBracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
        if let colon = bytes[afterBracket...].lastIndex(of: UInt8(ascii: ":")) {
            host = authority[..<colon]
            let digits = authority[bytes.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
                (1...65535).contains(number)
            else { throw InvalidValue("must have a port from 1 to 65535 after the colon") }
            port = number
        }
        guard Self.isHost(host) else { throw InvalidValue("must name a host, as in https://hyp3-api.asf.alaska.edu") }
        return Origin(scheme: scheme, host: Self.lowercased(host), port: port)
    }

    /// Nearly always it is so already.
    private static func lowercased(_ text: Substring) -> String {
        let isLower = text.utf8.allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return isLower ? String(text) : text.lowercased()
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]"), host.utf8.count > 3 {
            return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        guard let first = host.utf8.first, first.isAlphanumeric else { return false }
        let isName = host.utf8.allSatisfy {
            $0.isAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
                || $0 == UInt8(ascii: "_")
        }
        return isName && (!Self.endsInNumber(host) || Self.isPlainAddress(host))
    }

    /// Whether it is an IPv4 address for some readers: `127.1`, `0x7f.1` and `2130706433` are 127.0.0.1 for libcurl (WHATWG
    /// URL Standard, "ends in a number").
    private static func endsInNumber(_ host: Substring) -> Bool {
        var labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard let last = labels.last, let first = last.first, (0x30...0x39).contains(first) else { return false }
        let isHexadecimal = first == 0x30 && last.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
        return isHexadecimal || last.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Four decimal numbers without a zero in front, which is octal for some.
    private static func isPlainAddress(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    }
}
