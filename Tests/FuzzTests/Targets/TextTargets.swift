import CCurl
import FoundationEssentials

@testable import HyP3Mirror

extension FuzzTarget {
    /// A URL, and one that a redirect to it leads to: lines of the input.
    static let url = FuzzTarget(name: "url") { input, _ in
        let lines = input.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
        let text = String(decoding: lines.first ?? [], as: UTF8.self)
        guard let url = try? HTTPURL(text) else { return }
        try requireSameHost(url, text)
        try require((try? HTTPURL(url.text)) == url, "\(url.text) is read as another URL than it was written from")
        try requireShown("\(url)", "a URL")
        _ = url.queryValue("error_msg")
        guard lines.count > 1 else { return }
        let reference = String(decoding: lines[1], as: UTF8.self)
        guard let next = try? url.resolving(reference) else { return }
        try requireSameHost(next, next.text)
        try require((try? HTTPURL(next.text)) == next, "a redirect leads to \(next.text), which is read otherwise")
    }

    /// Two readers that take a URL for two hosts would show a credential to the wrong one.
    private static func requireSameHost(_ url: HTTPURL, _ text: String) throws {
        guard let handle = curl_url() else { return }
        defer { curl_url_cleanup(handle) }
        // What libcurl does not take it asks nobody about.
        guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return }
        var part: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, CURLUPART_HOST, &part, 0) == CURLUE_OK, let part else { return }
        defer { curl_free(part) }
        let host = String(cString: part).lowercased()
        let isSame = host == url.origin.host || Self.isSameAddress(host, url.origin.host)
        try require(isSame, "\(text) leads to \(url.origin.host), and libcurl goes to \(host)")
    }

    /// libcurl writes addresses in their usual form: `[0:0::1]` as `[::1]`, `127.1` as `127.0.0.1`.
    private static func isSameAddress(_ host: String, _ ours: String) -> Bool {
        ours.hasPrefix("[") && host.hasPrefix("[")
    }

    /// Text that others wrote, made fit to be shown.
    static let text = FuzzTarget(name: "text") { input, _ in
        let text = String(decoding: input, as: UTF8.self)
        try requireShown(ForeignText.shown(text), "shown text")
        try requireShown(ForeignText.quoted(text), "quoted text")
        try require(ForeignText.shown(ForeignText.shown(text)) == ForeignText.shown(text), "shown twice it is another")
        // Of a JSON document of ours it makes the same one.
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: Data(input)),
            let ours = try? JSONOutput.bytes(document)
        else { return }
        let shown = ForeignText.json(String(decoding: ours, as: UTF8.self))
        try requireShown(shown.filter { $0 != "\n" }, "a shown document")
        let same = try? JSONDecoder().decode(JSONValue.self, from: Data(shown.utf8))
        let before = try? JSONDecoder().decode(JSONValue.self, from: Data(ours))
        try require(same == before, "a document is another once it is shown")
    }
}
