package import CurlTransfer
import FoundationEssentials

/// What was asked of the service about an object.
enum ObjectQuestion: Sendable, Hashable {
    /// The whole object.
    case whole
    /// `range` of the object that `evidence` describes, which has `total` bytes.
    case part(Range<Int64>, total: Int64, evidence: ServiceEvidence)
}

/// What a 200 says of the object that follows.
struct ObjectHead: Sendable, Hashable {
    var evidence: ServiceEvidence
    /// Bytes, as announced; nil where they were not.
    var total: Int64?
    /// Bytes by the listing of this very version; nil where it was not listed.
    var listedSize: Int64?
    /// `Accept-Ranges`: whether ranges are offered; nil where the service says nothing of it.
    var offersRanges: Bool?
    /// Why the announced length alone does not prove these bytes, as a clause; nil where it may.
    var doubt: String?
}

/// An answer that is no object: what decides what to do next.
package struct ServiceRefusal: Sendable, Hashable {
    package var status: Int
    package var headers: HTTPHeaders
    /// The first bytes of the body, for the service's own word (`<Code>SlowDown</Code>`).
    package var excerpt: String

    package init(status: Int, headers: HTTPHeaders, excerpt: String) {
        self.status = status
        self.headers = headers
        self.excerpt = excerpt
    }
}

/// What one answer is, judged by its head against what was asked. Pure.
enum Answer: Sendable, Hashable {
    /// The object from its start, whatever was asked.
    case whole(ObjectHead)
    /// The range asked for, of the object asked for.
    case part
    /// The service answers a question for a part in a way that cannot be put together with other parts.
    case undividable(String)
    /// Another object lies there now.
    case changed(String)
    /// Another status than 200 and 206.
    case refused(ServiceRefusal)
    /// A body that is another form of the object than the object's bytes.
    case encoded(String)
    /// A body that must not be used.
    case unusable(FetchFailure)

    /// More is no object of any store, and numbers near it overflow when they are reckoned with.
    static let largestObject: Int64 = 1 << 50

    init(_ head: HTTPResponseHead, to question: ObjectQuestion, expecting expectation: ObjectExpectation) {
        guard head.status == 200 || head.status == 206 else {
            self = .refused(ServiceRefusal(status: head.status, headers: head.headers, excerpt: ""))
            return
        }
        let evidence = ServiceEvidence(head.headers)
        let length: Int64?
        switch MessageLength(head.headers) {
        case .known(let bytes): length = bytes
        case .open: length = nil
        case .ambiguous(let reason):
            self = .unusable(FetchFailure(.permanent, reason))
            return
        }
        if let length, length > Self.largestObject {
            self = .unusable(
                FetchFailure(.permanent, "an object of \(length) bytes is announced, which no store holds")
            )
            return
        }
        let listedSize = expectation.listedSize(of: evidence)
        if listedSize == nil, let reason = Self.isForeign(head.headers, evidence, name: expectation.name) {
            // A page of somebody else's says nothing about the object or what is staged of it.
            self = .unusable(FetchFailure(.transient(retryAfter: nil), reason))
            return
        }
        if case .part(let range, let total, let known) = question, head.status == 206 {
            self = Self.part(range, total: total, known, head.headers, evidence, length: length)
            return
        }
        guard head.status == 200 else {
            self = .unusable(
                FetchFailure(.transient(retryAfter: nil), "status 206 where the whole object was asked for")
            )
            return
        }
        self = Self.whole(head.headers, evidence, total: length, listedSize: listedSize)
    }

    private static func whole(
        _ headers: HTTPHeaders,
        _ evidence: ServiceEvidence,
        total: Int64?,
        listedSize: Int64?
    ) -> Answer {
        let coding = ContentCoding(headers)
        if let name = coding.transforming, listedSize == nil || listedSize != total {
            return .encoded("the body is encoded (\(name)), so its bytes are not the product's")
        }
        if let total, let listedSize, total != listedSize {
            return .unusable(FetchFailure(.corrupt, "\(total) bytes are announced, and its bucket lists \(listedSize)"))
        }
        let ranges = headers["accept-ranges"]?.lowercased()
        return .whole(
            ObjectHead(
                evidence: evidence,
                total: total,
                listedSize: listedSize,
                offersRanges: ranges.map { $0.contains("bytes") },
                doubt: coding.unknown.map { "the body is said to be encoded (\($0))" }
            )
        )
    }

    private static func part(
        _ range: Range<Int64>,
        total: Int64,
        _ known: ServiceEvidence,
        _ headers: HTTPHeaders,
        _ evidence: ServiceEvidence,
        length: Int64?
    ) -> Answer {
        guard let content = ContentRange(headers["content-range"]) else {
            return .undividable("the service answers 206 without a usable Content-Range")
        }
        guard let etag = evidence.etag else {
            return .undividable("the service answers 206 without the object's ETag")
        }
        guard etag == known.etag, content.total == nil || content.total == total else {
            return .changed("the object changed at the service while it was being fetched")
        }
        guard content.range.lowerBound == range.lowerBound, content.range.upperBound >= range.upperBound else {
            return .undividable("asked for bytes \(range.lowerBound)–\(range.upperBound - 1), got \(content)")
        }
        let span = content.range.upperBound - content.range.lowerBound
        guard length == nil || length == span else {
            return .undividable("\(content) come with a length of \(length ?? 0) bytes")
        }
        if let name = ContentCoding(headers).transforming {
            return .undividable("the body is encoded (\(name)), so its bytes are not the product's")
        }
        return .part
    }

    /// Why a body is somebody else's page (a portal's, a filter's, a proxy's) and no product.
    private static func isForeign(_ headers: HTTPHeaders, _ evidence: ServiceEvidence, name: String) -> String? {
        guard let type = headers["content-type"]?.lowercased() else { return nil }
        let name = name.lowercased()
        if type.hasPrefix("text/html") || type.contains("xhtml"), !name.hasSuffix(".html"), !name.hasSuffix(".htm") {
            return "a page of type \(type) came in place of the product"
        }
        // Every S3 object has an ETag; error documents have none.
        if evidence.etag == nil, type.contains("xml") || type.hasPrefix("text/html") {
            return "a page of type \(type) came in place of the product"
        }
        return nil
    }

    /// Whether a body begins as HTML does, whatever its type says.
    static func isPage(_ start: UnsafeRawBufferPointer) -> Bool {
        var text = start.prefix(512)[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        let head = String(decoding: text.drop { $0 == 32 || (9...13).contains($0) }.prefix(15), as: UTF8.self)
        return head.lowercased().hasPrefix("<!doctype html") || head.lowercased().hasPrefix("<html")
    }
}

/// How long the body of an answer is, by its head (RFC 9112 §6.3).
enum MessageLength: Sendable, Hashable {
    case known(Int64)
    /// It ends with its last chunk, or with the connection.
    case open
    /// Two readers could take it for different lengths. The clause says why.
    case ambiguous(String)

    init(_ headers: HTTPHeaders) {
        let codings = headers.all("transfer-encoding").flatMap { Self.list($0) }
        let lengths = headers.all("content-length").flatMap { Self.list($0) }
        guard codings.isEmpty || lengths.isEmpty else {
            self = .ambiguous("the answer has both a Content-Length and a Transfer-Encoding")
            return
        }
        guard codings.isEmpty || codings == ["chunked"] else {
            self = .ambiguous("the answer has a Transfer-Encoding that was not asked for (\(codings[0].prefix(40)))")
            return
        }
        guard let first = lengths.first else {
            self = .open
            return
        }
        guard lengths.allSatisfy({ $0 == first }) else {
            self = .ambiguous("the answer has two Content-Lengths (\(lengths.prefix(2).joined(separator: " and ")))")
            return
        }
        guard let length = Int64(digits: first) else {
            self = .ambiguous("the answer has a Content-Length that is no length (\(first.prefix(40)))")
            return
        }
        self = .known(length)
    }

    private static func list(_ field: String) -> [String] {
        field.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmed.lowercased()
        }
    }
}

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
            for word in field.split(separator: ",").map({ $0.trimmed.lowercased() }) where !word.isEmpty {
                if Self.registered.contains(word) {
                    self.transforming = self.transforming ?? word
                } else if word != "identity" {
                    self.unknown = self.unknown ?? String(word.prefix(40))
                }
            }
        }
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    fileprivate var trimmed: Substring {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return Substring(rest)
    }
}
