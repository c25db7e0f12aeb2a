import CurlTransfer
import FoundationEssentials
import HyP3Mirror

/// HyP3's listing by its real paging rule: newest first, so many jobs read before the filter, `next` wherever reading
/// stopped at that number, both ends of a window inclusive.
struct PagingService: Sendable {
    struct Entry: Sendable {
        let id: String
        let name: String
        let time: Date
    }

    /// Newest first.
    private(set) var entries: [Entry]
    let pageSize: Int
    /// Whether tokens can be understood, as HyP3's can now.
    var hasOpenTokens: Bool

    init(entries: [Entry], pageSize: Int, hasOpenTokens: Bool = true) {
        self.hasOpenTokens = hasOpenTokens
        self.entries = entries.sorted { $0.time == $1.time ? $0.id < $1.id : $0.time > $1.time }
        self.pageSize = pageSize
    }

    /// A job that is submitted under the walk.
    mutating func submit(_ entry: Entry) {
        self = PagingService(
            entries: self.entries + [entry],
            pageSize: self.pageSize,
            hasOpenTokens: self.hasOpenTokens
        )
    }

    mutating func rename(_ index: Int, to name: String) {
        self.entries[index] = Entry(id: self.entries[index].id, name: name, time: self.entries[index].time)
    }

    func ids(_ query: JobQuery) -> [String] {
        self.entries.filter { entry in
            (query.name.map { $0 == entry.name } ?? true) && (query.start.map { $0 <= entry.time } ?? true)
                && (query.end.map { entry.time <= $0 } ?? true)
        }.map(\.id)
    }

    func page(_ url: HTTPURL) throws -> HTTPResponse {
        let start = try url.queryValue("start").map { try RFC3339.date($0) } ?? .distantPast
        let end = try url.queryValue("end").map { try RFC3339.date($0) } ?? .distantFuture
        var rest = self.entries.filter { $0.time >= start && $0.time <= end }[...]
        if let token = url.queryValue("start_token") {
            let id = try self.id(ofToken: token)
            rest = rest.drop { $0.id != id }.dropFirst()
        }
        let read = rest.prefix(self.pageSize)
        let name = url.queryValue("name")
        let jobs = read.filter { name == nil || $0.name == name }.map(Self.json)
        var next = ""
        if read.count == self.pageSize, let last = read.last {
            let query = (url.query ?? "").split(separator: "&").filter { !$0.hasPrefix("start_token=") }
            let items = query + ["start_token=\(PercentEncoding.encoded(self.token(last)))"]
            next = ", \"next\": \"\(url.origin)/jobs?\(items.joined(separator: "&"))\""
        }
        return HTTPResponse(
            200,
            ["Content-Type": "application/json"],
            body: "{\"jobs\": [\(jobs.joined(separator: ","))]\(next)}"
        )
    }

    private struct Token: Codable {
        let job_id: String
        let request_time: String
    }

    private func token(_ entry: Entry) -> String {
        let json = #"{"job_id": "\#(entry.id)", "request_time": "\#(CivilTime(entry.time).text)"}"#
        return self.hasOpenTokens ? Data(json.utf8).base64EncodedString() : "opaque~\(entry.id)"
    }

    private func id(ofToken token: String) throws -> String {
        guard let data = Data(base64Encoded: token) else { return String(token.dropFirst("opaque~".count)) }
        return try JSONDecoder().decode(Token.self, from: data).job_id
    }

    private static func json(_ entry: Entry) -> String {
        let time = CivilTime(entry.time).text.replacing("Z", with: "+00:00")
        return #"{"job_id": "\#(entry.id)", "user_id": "me", "job_type": "T", "job_parameters": {}, "#
            + #""status_code": "SUCCEEDED", "request_time": "\#(time)", "name": "\#(entry.name)"}"#
    }
}
