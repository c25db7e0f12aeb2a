/// The cookies of one login, each sent only where it belongs (RFC 6265 §5).
struct CookieJar {
    struct Cookie {
        let name: String
        let value: Secret
        /// Lower case; a cookie without a domain attribute belongs to its host alone.
        let domain: String
        let isHostOnly: Bool
        let path: String
        let isSecure: Bool
    }

    private var cookies: [Cookie] = []

    /// Takes the cookies that an answer from `url` sets; those for a foreign domain are left out.
    mutating func store(_ fields: [String], from url: HTTPURL) {
        for field in fields {
            guard let cookie = Self.cookie(field, from: url) else { continue }
            self.cookies.removeAll {
                $0.name == cookie.name && $0.domain == cookie.domain && $0.path == cookie.path
            }
            self.cookies.append(cookie)
        }
    }

    /// The value of the cookie called `name` that was set last, wherever it belongs; an empty one is a deleted one.
    func value(of name: String) -> Secret? {
        self.cookies.last { $0.name == name && !$0.value.reveal().isEmpty }?.value
    }

    /// The `Cookie` header for a request to `url`; nil where none belongs there.
    func header(for url: HTTPURL) -> String? {
        let pairs = self.cookies.filter { Self.belongs($0, to: url) }.map { "\($0.name)=\($0.value.reveal())" }
        return pairs.isEmpty ? nil : pairs.joined(separator: "; ")
    }

    private static func belongs(_ cookie: Cookie, to url: HTTPURL) -> Bool {
        let host = url.origin.host
        let hostFits = host == cookie.domain || (!cookie.isHostOnly && host.hasSuffix(".\(cookie.domain)"))
        let pathFits =
            url.path == cookie.path
            || url.path.hasPrefix(cookie.path.hasSuffix("/") ? cookie.path : "\(cookie.path)/")
        return hostFits && pathFits && (!cookie.isSecure || url.origin.isConfidential)
    }

    private static func cookie(_ field: String, from url: HTTPURL) -> Cookie? {
        let parts = field.split(separator: ";", omittingEmptySubsequences: false).map { Self.pair($0) }
        guard let (name, value) = parts.first, !name.isEmpty, Self.isSendable(name), Self.isSendable(value) else {
            return nil
        }
        var domain = url.origin.host
        var isHostOnly = true
        var path = String(url.path[..<(url.path.lastIndex(of: "/") ?? url.path.startIndex)])
        var isSecure = false
        for (attribute, text) in parts.dropFirst() {
            switch attribute.lowercased() {
            case "domain" where !text.isEmpty:
                let given = (text.hasPrefix(".") ? String(text.dropFirst()) : text).lowercased()
                guard given == domain || (given.contains(".") && domain.hasSuffix(".\(given)")) else { return nil }
                (domain, isHostOnly) = (given, false)
            case "path" where text.hasPrefix("/"): path = text
            case "secure": isSecure = true
            default: continue
            }
        }
        return Cookie(
            name: name,
            value: Secret(value),
            domain: domain,
            isHostOnly: isHostOnly,
            path: path.isEmpty ? "/" : path,
            isSecure: isSecure
        )
    }

    private static func pair(_ text: Substring) -> (name: String, value: String) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
            String($0.trimmed)
        }
        return (halves.first ?? "", halves.count > 1 ? halves[1] : "")
    }

    /// Whether the text can go back in a header.
    private static func isSendable(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
    }
}

extension Substring {
    /// Without white space at its ends.
    var trimmed: Substring {
        var text = self.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
