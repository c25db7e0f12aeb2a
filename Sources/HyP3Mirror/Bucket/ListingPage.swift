import PlainXML

/// One answer to `ListObjectsV2` (Amazon S3 API reference): `ListBucketResult` with at most 1,000 keys.
struct ListingPage: Sendable {
    /// Key and object, in the order of keys; keys decoded.
    var objects: [(key: String, object: ListedObject)]
    /// The prefix that was listed, decoded; nil where the answer does not tell.
    var prefix: String?
    /// Whether there are more pages.
    var isTruncated: Bool
    /// Asks for the next page.
    var nextToken: String?

    /// Why an answer with status 200 is no page.
    enum Failure: Error {
        /// Broken off or damaged: the next answer may be whole.
        case broken(String)
        /// S3's word for trouble, in an error document that came with status 200.
        case error(code: String)
        /// Something else altogether.
        case noListing(String)
    }

    /// A longer answer is no page: 1,000 keys have 1,024 bytes each at most, three times that when encoded.
    static let bodyLimit = 8 << 20

    init(_ body: [UInt8]) throws(Failure) {
        let reader: ListingReader
        do throws(PlainXML.Failure) {
            reader = try PlainXML.read(body, into: ListingReader())
        } catch {
            let start = String(decoding: body.prefix(512), as: UTF8.self)
            if start.contains("<ListBucketResult") { throw .broken(error.description) }
            throw .noListing("no XML")
        }
        switch reader.root {
        case "ListBucketResult": break
        case "Error": throw .error(code: reader.errorCode)
        default: throw .noListing("a document of another kind (\(ForeignText.quoted(reader.root)))")
        }
        if let fault = reader.fault { throw .broken(fault) }
        let isEncoded = reader.encoding == "url"
        // S3 encodes as forms do: a space as "+", a plus as "%2B".
        func decoded(_ text: String) -> String { isEncoded ? PercentEncoding.decodedForm(text) : text }
        self.objects = reader.objects.map { (decoded($0.key), $0.object) }
        self.prefix = reader.prefix.map(decoded)
        self.isTruncated = reader.isTruncated
        self.nextToken = reader.nextToken
    }
}

/// Picks out of a `ListBucketResult` what a listing needs.
private struct ListingReader: PlainXML.Reader {
    private(set) var root = ""
    private(set) var objects: [(key: String, object: ListedObject)] = []
    private(set) var prefix: String?
    private(set) var encoding = ""
    private(set) var isTruncated = false
    private(set) var nextToken: String?
    private(set) var errorCode = ""
    private(set) var fault: String?

    /// Open elements below the root.
    private var path: [String] = []
    private var isInRoot = false
    private var text: [UInt8] = []
    private var key: String?
    private var size: Int64?
    private var etag: String?

    mutating func begin(_ element: String) {
        if self.isInRoot { self.path.append(element) } else { (self.root, self.isInRoot) = (element, true) }
        self.text.removeAll(keepingCapacity: true)
    }

    mutating func add(_ text: UnsafeBufferPointer<UInt8>) { self.text.append(contentsOf: text) }

    mutating func end(_ element: String) {
        let text = String(decoding: self.text, as: UTF8.self)
        self.text.removeAll(keepingCapacity: true)
        switch (self.path.count, self.path.first, element) {
        case (2, "Contents", "Key"): self.key = text
        case (2, "Contents", "Size"): self.size = Int64(text).flatMap { $0 >= 0 ? $0 : nil }
        case (2, "Contents", "ETag"): self.etag = text
        case (1, "Contents", _): self.endObject()
        case (1, _, "Prefix"): self.prefix = text
        case (1, _, "EncodingType"): self.encoding = text
        case (1, _, "IsTruncated"): self.isTruncated = text == "true"
        case (1, _, "NextContinuationToken"): self.nextToken = text
        case (1, _, "Code"): self.errorCode = text
        default: break
        }
        _ = self.path.popLast()
    }

    private mutating func endObject() {
        if let key, let size {
            self.objects.append((key, ListedObject(size: size, etag: self.etag)))
        } else {
            self.fault = "an object without a key or a size"
        }
        (self.key, self.size, self.etag) = (nil, nil, nil)
    }
}
