package import FoundationEssentials

/// Reads the end of life of a JSON Web Token (RFC 7519) without checking its signature: Earthdata tokens and the
/// `asf-urs` cookie are such tokens.
package enum WebToken {
    private struct Claims: Decodable {
        let exp: Double?
    }

    /// `exp` (UTC); nil where the text is no token or names no end.
    package static func expiration(of token: Secret) -> Date? {
        let parts = token.reveal().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Self.base64URL(parts[1]),
            let exp = try? JSONDecoder().decode(Claims.self, from: payload).exp, exp.isFinite
        else { return nil }
        let date = Date(timeIntervalSince1970: exp)
        return date > RFC3339.earliest && date < RFC3339.latest ? date : nil
    }

    private static func base64URL(_ text: Substring) -> Data? {
        var padded = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        padded += String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)
        return Data(base64Encoded: padded)
    }
}
