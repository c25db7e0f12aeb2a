/// A fault the simulator commits, by whom it hits and how often.
///
/// Also the form of the executable's `--faults` file: a JSON array of such objects, for example
/// `[{"target": "object", "match": "*_VV.tif", "first": 2, "effect": {"cut": {"after": 1000}}}]`.
package struct Fault: Sendable, Codable {
    /// Which part of the service.
    package enum Target: String, Sendable, Codable {
        /// An object of a bucket; matched by its key.
        case object
        /// A listing of a bucket; matched by the bucket's name.
        case listing
        /// HyP3's interface; matched by the path.
        case api
        /// `/oauth/authorize` and `/login`; matched by the path.
        case login
        /// All of these.
        case any
    }

    /// What a redirect leads to.
    package enum Destination: String, Sendable, Codable {
        /// The same path over plain HTTP.
        case plainHTTP
        /// The same path on another host of the simulator, where it works.
        case otherHost
        /// The login host.
        case loginHost
        /// Itself.
        case loop
    }

    /// What goes wrong.
    package indirect enum Effect: Sendable, Codable {
        /// The connection is closed after that many bytes of body.
        case cut(after: Int)
        /// The TCP connection ends after that many bytes of body, without TLS's own end before (`close_notify`).
        case drop(after: Int)
        /// The connection is reset after that many bytes of body.
        case reset(after: Int)
        /// The sending side is closed after that many bytes of body, the other stays open.
        case halfClose(after: Int)
        /// Nothing more comes after that many bytes of body, until the client goes or the test releases it.
        case stall(after: Int)
        /// Another status, with S3's or HyP3's body for it unless `body` is given. `retryAfter` is sent as it is:
        /// seconds or an HTTP date.
        case status(code: Int, retryAfter: String? = nil, body: String? = nil, contentType: String? = nil)
        /// One bit of the body is wrong; nil takes the middle of the body.
        case flipBit(at: Int? = nil)
        /// `Content-Length` differs from the body by that much; the connection is closed after the body.
        case contentLength(wrongBy: Int)
        /// No `Content-Length`; the body ends with the connection, after `keep` bytes when given.
        case noContentLength(keep: Int? = nil)
        /// `Transfer-Encoding: chunked`; cut without the last chunk after `keep` bytes when given.
        case chunked(keep: Int? = nil)
        /// The body and its `Content-Length` are both cut to that many bytes.
        case truncate(to: Int)
        /// Another ETag (quotes included); nil sends none.
        case etag(value: String?)
        /// The true ETag, made weak.
        case weakETag
        /// One more header field, beside any of that name.
        case addHeader(name: String, value: String)
        /// An ETag of its own for every request.
        case changingETag
        /// After that many bytes of body the object is replaced by another of the same size, and the connection cut.
        case replaceObject(after: Int)
        /// `Range` is ignored: 200 with everything.
        case ignoreRange
        /// `partNumber` is dropped, as a CDN may do: the answer is about the whole object.
        case ignorePartNumber
        /// 206 with a range that begins that many bytes off, truthfully labelled.
        case shiftRange(by: Int)
        /// 206 with this `Content-Range`; nil claims a total one byte larger.
        case contentRange(value: String? = nil)
        /// 416 to every request with a range.
        case refuseRange
        /// 302 to another place.
        case redirect(to: Destination)
        /// 302 to this URL.
        case redirectURL(url: String)
        /// The body gzip'd, with `Content-Encoding: gzip`.
        case gzip
        /// 200 with an HTML page.
        case html
        /// 200 with an error of S3 in XML.
        case xmlError
        /// 200 with this body and type.
        case answer(body: String, contentType: String)
        /// The answer comes that many milliseconds later.
        case delay(milliseconds: Int)
        /// The body comes at that many bytes a second at most.
        case throttle(bytesPerSecond: Int)
        /// This line, as it is, stands before the first header field.
        case firstHeaderLine(text: String)
        /// `Date` is that many seconds ahead; negative is behind.
        case clock(ahead: Int)
        /// No harm.
        case none
        /// One of these, by the fault's seed.
        case oneOf(effects: [Effect])
    }

    /// Which part of the service it hits.
    package var target: Target
    /// A pattern with `*` for any run of characters.
    package var match: String
    /// Only requests of this method; nil is every one.
    package var method: String?
    /// Only requests with a `Range` header, or only those without.
    package var ranged: Bool?
    /// So many matching requests of each key or path are left alone first.
    package var skip: Int?
    /// Then so many are hit; nil hits all.
    package var first: Int?
    /// Each is hit with that probability, decided by the seed.
    package var probability: Double?
    /// For `probability` and `oneOf`.
    package var seed: UInt64?
    /// What happens to them.
    package var effect: Effect

    /// A fault of everything that matches; `first` limits it to the first requests of each key or path.
    package init(
        _ target: Target,
        _ match: String = "*",
        method: String? = nil,
        ranged: Bool? = nil,
        skip: Int? = nil,
        first: Int? = nil,
        probability: Double? = nil,
        seed: UInt64? = nil,
        effect: Effect
    ) {
        self.target = target
        self.match = match
        self.method = method
        self.ranged = ranged
        self.skip = skip
        self.first = first
        self.probability = probability
        self.seed = seed
        self.effect = effect
    }

    private enum CodingKeys: String, CodingKey {
        case target
        case match
        case method
        case ranged
        case skip
        case first
        case probability
        case seed
        case effect
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try values.decode(Target.self, forKey: .target),
            try values.decodeIfPresent(String.self, forKey: .match) ?? "*",
            method: try values.decodeIfPresent(String.self, forKey: .method),
            ranged: try values.decodeIfPresent(Bool.self, forKey: .ranged),
            skip: try values.decodeIfPresent(Int.self, forKey: .skip),
            first: try values.decodeIfPresent(Int.self, forKey: .first),
            probability: try values.decodeIfPresent(Double.self, forKey: .probability),
            seed: try values.decodeIfPresent(UInt64.self, forKey: .seed),
            effect: try values.decode(Effect.self, forKey: .effect)
        )
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
func matches(_ pattern: String, _ text: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    let star = UInt8(ascii: "*")
    var (p, t) = (0, 0)
    var backtrack: (p: Int, t: Int)?
    while t < text.count {
        if p < pattern.count, pattern[p] == star {
            backtrack = (p + 1, t)
            p += 1
        } else if p < pattern.count, pattern[p] == text[t] {
            p += 1
            t += 1
        } else if let last = backtrack {
            backtrack = (last.p, last.t + 1)
            (p, t) = (last.p, last.t + 1)
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == star }
}
