package import CurlTransfer
import FoundationEssentials

/// Tells answers that HyP3 gives itself from those of a firewall, a filter, or any other page that stands in its place.
///
/// HyP3 and the gateway before it explain what they refuse in JSON (RFC 7807, or `message`); nobody else's word says
/// anything of an account or a query.
package enum ForeignPage {
    private struct Problem: Decodable {
        let detail: String?
        let message: String?
        let title: String?
    }

    /// Bytes of a body that are looked at.
    private static let depth = 64 << 10

    /// What HyP3 itself says in an answer: `detail` of a problem document, `message` of API Gateway; nil where the answer
    /// is not its own.
    static func ownWords(_ response: HTTPResponse) -> String? {
        guard response.body.count <= Self.depth,
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
        else { return nil }
        return (problem.detail ?? problem.message ?? problem.title).map { ForeignText.quoted($0) }
    }

    /// Whether a body is there that is none of HyP3's own.
    static func isPage(_ response: HTTPResponse) -> Bool {
        response.body.contains { $0 > 0x20 } && Self.ownWords(response) == nil
    }

    /// What stands in the place of an answer, for the end of a sentence: `a page titled "Access denied" (HTTP 403)`.
    package static func described(_ response: HTTPResponse) -> String {
        let said = "(HTTP \(response.status))"
        guard response.body.contains(where: { $0 > 0x20 }) else { return "nothing but a status \(said)" }
        if let title = Self.title(response.body) { return "a page titled \(ForeignText.quoted(title)) \(said)" }
        let type = response.headers["Content-Type"].map { " of type \(ForeignText.quoted($0))" }
        return "something\(type ?? "") \(said)"
    }

    /// The title of an HTML page, its white space joined.
    static func title(_ body: [UInt8]) -> String? {
        let text = String(decoding: body.prefix(Self.depth), as: UTF8.self)
        let lower = text.lowercased()
        // Lower case may be longer than the text in other scripts; then the places do not fit, and the title is not told.
        guard lower.utf8.count == text.utf8.count, let tag = lower.firstRange(of: "<title"),
            let open = lower[tag.upperBound...].firstIndex(of: ">"),
            let close = lower[open...].firstRange(of: "</title")
        else { return nil }
        let title = Substring(text.utf8[text.utf8.index(after: open)..<close.lowerBound])
        let words = title.split(whereSeparator: \.isWhitespace)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }
}
