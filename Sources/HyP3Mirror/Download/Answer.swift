import CurlTransfer

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
        if listedSize == nil, let reason = Self.isForeign(head.headers, evidence, expectation) {
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
    private static func isForeign(
        _ headers: HTTPHeaders,
        _ evidence: ServiceEvidence,
        _ expectation: ObjectExpectation
    ) -> String? {
        guard let type = headers["content-type"]?.lowercased() else { return nil }
        if type.hasPrefix("text/html") || type.contains("xhtml"), !expectation.isPage {
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
