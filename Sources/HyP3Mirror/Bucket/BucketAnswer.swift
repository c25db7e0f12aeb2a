/// What an answer of a product host means that brings no object: a table of statuses, and of the codes that stand in S3's and
/// CloudFront's error documents (Amazon S3 API reference, "Error responses").
package struct BucketAnswer: Sendable, Hashable {
    package enum Meaning: Sendable, Hashable {
        /// The bucket's own word that there is no such object, or (not `isTold`) that it may not tell.
        case missing(isTold: Bool)
        /// The answer of something that is no bucket, or that of a bucket which gives nothing to anybody.
        case refused
        /// May be over in a moment.
        case transient
        /// Fewer requests are wanted.
        case throttled
        /// Another object lies there, or another length.
        case changed
        /// This object cannot be had, for the reason that the code names.
        case permanent
    }

    package let status: Int
    /// As S3 and CloudFront name it (`NoSuchKey`); nil where the body is not an error document of theirs.
    package let code: String?
    /// Of a page of somebody else's, where it has one.
    package let title: String?

    /// - Parameter excerpt: the first bytes of the body; an error document of S3 may be cut in the middle.
    package init(status: Int, excerpt: some StringProtocol) {
        self.status = status
        let document = ErrorDocument(excerpt)
        self.code = document.code
        self.title = document.title
    }

    package var meaning: Meaning {
        if let code, let meaning = Self.meanings[code] {
            switch meaning {
            case .missing: return [403, 404, 410].contains(self.status) ? meaning : .refused
            default: return meaning
            }
        }
        switch self.status {
        case 412, 416: return .changed
        case 429, 503: return .throttled
        // 511 is the word of a network that wants a login first (RFC 6585 §6).
        case 511: return .refused
        case 408, 425, 500...599: return .transient
        // Asked for a login, or sent somewhere without being told where.
        case 401, 300...399: return .permanent
        case 400...499: return self.code == nil ? .refused : .permanent
        default: return .permanent
        }
    }

    private static let meanings: [String: Meaning] = [
        "NoSuchKey": .missing(isTold: true), "AccessDenied": .missing(isTold: false),
        "NoSuchBucket": .refused, "AllAccessDisabled": .refused, "AccountProblem": .refused, "NotSignedUp": .refused,
        "RequestTimeTooSkewed": .refused, "InvalidBucketName": .refused, "MissingKey": .refused,
        "InternalError": .transient, "RequestTimeout": .transient, "OperationAborted": .transient,
        "SlowDown": .throttled, "ServiceUnavailable": .throttled, "Throttling": .throttled,
        "ThrottlingException": .throttled, "RequestLimitExceeded": .throttled, "BandwidthLimitExceeded": .throttled,
        "InvalidRange": .changed, "PreconditionFailed": .changed, "InvalidPartNumber": .changed,
    ]

    /// One clause for people: who answered what.
    package func reason(_ origin: Origin) -> String {
        let said = "\(origin) answered \(self.status)"
        switch (self.code, self.status) {
        case ("InvalidObjectState", _): return "\(said) (InvalidObjectState): it lies in an archive storage class"
        case ("RequestTimeTooSkewed", _): return "\(said) (RequestTimeTooSkewed): this machine's clock is wrong"
        case (let code?, 412), (let code?, 416):
            return "\(said) (\(code)): the object changed while it was being fetched"
        case (let code?, _): return "\(said) (\(code))"
        case (nil, 401): return "\(said): it asks for a login, which products do not need"
        case (nil, 412), (nil, 416): return "\(said): the object changed while it was being fetched"
        case (nil, _): break
        }
        if let title { return "\(said) with a page titled \(ForeignText.quoted(title))" }
        return self.meaning == .refused ? "\(said), not in the words of a bucket" : said
    }
}

/// The beginning of an error's body: S3's and CloudFront's document, or somebody's page.
private struct ErrorDocument {
    var code: String?
    var title: String?

    private static let longestTitle = 120

    init(_ excerpt: some StringProtocol) {
        var text = Substring(excerpt)
        if text.first == "\u{FEFF}" { text.removeFirst() }
        text = text.drop(while: \.isWhitespace)
        if text.hasPrefix("<?xml"), let end = text.firstRange(of: "?>") {
            text = text[end.upperBound...].drop(while: \.isWhitespace)
        }
        if text.hasPrefix("<Error>") || text.hasPrefix("<Error ") {
            self.code = Self.content(of: "Code", in: text).flatMap { code in
                let isWord = !code.isEmpty && code.utf8.count <= 64
                return isWord && code.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: ".") } ? code : nil
            }
        } else {
            self.title = ForeignPage.title(Array(text.utf8)).map { String($0.prefix(Self.longestTitle)) }
        }
    }

    /// What stands between the first pair of tags of that name, in either case.
    private static func content(of element: String, in text: Substring) -> String? {
        for name in [element, element.uppercased()] {
            guard let start = text.firstRange(of: "<\(name)>") else { continue }
            let rest = text[start.upperBound...]
            if let end = rest.firstRange(of: "</\(name)>") { return String(rest[..<end.lowerBound]) }
        }
        return nil
    }
}

extension FetchFailure {
    /// What an answer means for the product that was asked for.
    ///
    /// - Parameter pause: what the service asks to wait before the next request.
    package init(_ answer: BucketAnswer, origin: Origin, pause: Duration?) {
        let reason = answer.reason(origin)
        switch answer.meaning {
        case .missing(let isTold): self.init(.missing(isTold: isTold), reason)
        case .refused: self.init(.refused, reason)
        case .transient: self.init(.transient(retryAfter: pause), reason)
        case .throttled: self.init(.throttled(retryAfter: pause), reason)
        case .changed: self.init(.changed, reason)
        case .permanent:
            self.init(.permanent, reason)
            self.concernsObject = answer.code != nil
        }
    }
}
