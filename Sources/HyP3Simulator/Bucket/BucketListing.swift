import Foundation

/// `ListObjectsV2`: keys in byte order, at most 1,000 a page.
struct BucketListing: Sendable {
    let store: ObjectStore
    let bucket: String

    func respond(to request: HTTPRequest) -> HTTPResponse {
        let query = request.query
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        let limit = min(1_000, max(0, value("max-keys").flatMap { Int($0) } ?? 1_000))
        let prefix = value("prefix") ?? ""
        let delimiter = value("delimiter") ?? ""
        let token = value("continuation-token")
        var after = value("start-after") ?? ""
        if let token {
            guard let data = Data(base64Encoded: token), let key = String(data: data, encoding: .utf8) else {
                return xmlError(400, "InvalidArgument", "The continuation token provided is incorrect")
            }
            after = key
        }
        let encodesURLs = value("encoding-type") == "url"
        func text(_ key: String) -> String { encodesURLs ? percentEncoded(key, allowing: "/") : xmlEscaped(key) }

        var items = ""
        var commonPrefixes: [String] = []
        var count = 0
        var last = after
        var hasMore = false
        scan: while true {
            let keys = store.keys(bucket: bucket, prefix: prefix, after: last, limit: 1_001)
            for key in keys {
                if !delimiter.isEmpty, let cut = key.dropFirst(prefix.count).range(of: delimiter) {
                    let common = String(key[..<cut.upperBound])
                    if common != commonPrefixes.last {
                        if count == limit {
                            hasMore = true
                            break scan
                        }
                        commonPrefixes.append(common)
                        count += 1
                    }
                    last = key
                    continue
                }
                if count == limit {
                    hasMore = true
                    break scan
                }
                last = key
                guard let version = store.object(key, bucket: bucket) else { continue }
                items += "<Contents><Key>\(text(key))</Key>"
                items += "<LastModified>\(version.object.modified.listingTime)</LastModified>"
                if let etag = version.etag { items += "<ETag>\(xmlEscaped(etag))</ETag>" }
                items += "<Size>\(version.object.content.count)</Size><StorageClass>STANDARD</StorageClass></Contents>"
                count += 1
            }
            if keys.count < 1_001 { break }
        }
        var body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        body += "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>\(bucket)</Name>"
        body += "<Prefix>\(text(prefix))</Prefix><KeyCount>\(count)</KeyCount><MaxKeys>\(limit)</MaxKeys>"
        if !delimiter.isEmpty { body += "<Delimiter>\(text(delimiter))</Delimiter>" }
        if encodesURLs { body += "<EncodingType>url</EncodingType>" }
        body += "<IsTruncated>\(hasMore)</IsTruncated>"
        if let token { body += "<ContinuationToken>\(xmlEscaped(token))</ContinuationToken>" }
        if hasMore {
            body += "<NextContinuationToken>\(Data(last.utf8).base64EncodedString())</NextContinuationToken>"
        }
        body += items
        for common in commonPrefixes { body += "<CommonPrefixes><Prefix>\(text(common))</Prefix></CommonPrefixes>" }
        body += "</ListBucketResult>"
        return HTTPResponse(
            200,
            headers: [("Content-Type", "application/xml")] + amazonHeaders(),
            body: Content(body)
        )
    }
}
