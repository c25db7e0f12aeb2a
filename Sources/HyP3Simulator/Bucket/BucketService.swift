/// The product bucket: S3's answers to anonymous `GET` and `HEAD`.
struct BucketService: Sendable {
    let store: ObjectStore

    /// What a request is about.
    struct Address: Equatable {
        var bucket: String
        /// Decoded, without the slash before it; empty for the bucket itself.
        var key: String
    }

    /// How a request is bent by a fault.
    struct Bending: Sendable {
        var ignoresRange = false
        var ignoresPartNumber = false
        var refusesRange = false
        /// Bytes by which the range given differs from the one asked for.
        var rangeShift = 0
    }

    func respond(to request: HTTPRequest, at address: Address, bending: Bending = Bending()) -> HTTPResponse {
        guard store.hasBucket(address.bucket) else {
            return xmlError(
                404,
                "NoSuchBucket",
                "The specified bucket does not exist",
                "<BucketName>\(xmlEscaped(address.bucket))</BucketName>"
            )
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return xmlError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        }
        if address.key.isEmpty {
            guard store.allowsListing(address.bucket) else { return xmlError(403, "AccessDenied", "Access Denied") }
            return BucketListing(store: store, bucket: address.bucket).respond(to: request)
        }
        guard let version = store.object(address.key, bucket: address.bucket) else {
            // S3 tells only those who may list that a key does not exist.
            guard store.allowsListing(address.bucket) else { return xmlError(403, "AccessDenied", "Access Denied") }
            return xmlError(
                404,
                "NoSuchKey",
                "The specified key does not exist.",
                "<Key>\(xmlEscaped(address.key))</Key>"
            )
        }
        return respond(to: request, key: address.key, version: version, bending: bending)
    }

    private func respond(
        to request: HTTPRequest,
        key: String,
        version: ObjectVersion,
        bending: Bending
    ) -> HTTPResponse {
        let object = version.object
        let etag = version.etag
        if let wanted = request["If-Match"], wanted != "*", !etags(wanted).contains(etag ?? "") {
            return xmlError(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
                "<Condition>If-Match</Condition>"
            )
        }
        if let known = request["If-None-Match"], known == "*" || etags(known).contains(etag ?? "") {
            return HTTPResponse(304, headers: (etag.map { [("ETag", $0)] } ?? []) + amazonHeaders())
        }
        if !bending.ignoresPartNumber, let text = request.query.first(where: { $0.name == "partNumber" })?.value {
            return part(Int(text) ?? 0, of: version, key: key)
        }
        var headers: [(String, String)] = []
        if let etag { headers.append(("ETag", etag)) }
        headers += [
            ("Last-Modified", object.modified.httpDate), ("Content-Type", object.contentType ?? contentType(key)),
            ("Accept-Ranges", "bytes"),
        ]
        let range = bending.ignoresRange ? nil : self.range(request, etag: etag, object)
        if bending.refusesRange || range == .some(nil), request["Range"] != nil {
            return xmlError(
                416,
                "InvalidRange",
                "The requested range is not satisfiable",
                "<ActualObjectSize>\(object.content.count)</ActualObjectSize>"
                    + "<RangeRequested>\(xmlEscaped(request["Range"] ?? ""))</RangeRequested>"
            )
        }
        if let wanted = range ?? nil {
            let start = max(0, min(wanted.lowerBound + bending.rangeShift, object.content.count - 1))
            let range = start..<max(start + 1, min(start + wanted.count, object.content.count))
            headers.append(
                ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.content.count)")
            )
            return HTTPResponse(
                206,
                headers: headers + amazonHeaders(encrypted: true),
                body: object.content.slice(range)
            )
        }
        if request["x-amz-checksum-mode"]?.uppercased() == "ENABLED" {
            for checksum in object.checksums {
                headers.append(("x-amz-checksum-\(checksum.algorithm.rawValue)", version.value(of: checksum)))
            }
            if let first = object.checksums.first {
                headers.append(("x-amz-checksum-type", first.isComposite ? "COMPOSITE" : "FULL_OBJECT"))
            }
        }
        return HTTPResponse(200, headers: headers + amazonHeaders(encrypted: true), body: object.content)
    }

    /// The range to answer with: `nil` for the whole object, `.some(nil)` for one that cannot be satisfied.
    private func range(_ request: HTTPRequest, etag: String?, _ object: StoredObject) -> Range<Int>?? {
        guard let header = request["Range"], header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        if let validator = request["If-Range"] {
            let isStrongMatch = validator.hasPrefix("\"") && validator == etag
            guard isStrongMatch || validator == object.modified.httpDate else { return nil }
        }
        let count = object.content.count
        let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return nil }
        if bounds[0].isEmpty {
            guard let suffix = Int(bounds[1]) else { return nil }
            return suffix > 0 && count > 0 ? .some(max(0, count - suffix)..<count) : .some(nil)
        }
        guard let first = Int(bounds[0]) else { return nil }
        guard first < count else { return .some(nil) }
        if bounds[1].isEmpty { return .some(first..<count) }
        guard let last = Int(bounds[1]), last >= first else { return nil }
        return .some(first..<min(last, count - 1) + 1)
    }

    private func part(_ number: Int, of version: ObjectVersion, key: String) -> HTTPResponse {
        let object = version.object
        let parts = object.parts ?? [0..<object.content.count]
        guard number >= 1, number <= parts.count else {
            return xmlError(
                416,
                "InvalidPartNumber",
                "The requested partnumber is not satisfiable",
                "<ActualPartCount>\(parts.count)</ActualPartCount><PartNumberRequested>\(number)</PartNumberRequested>"
            )
        }
        let range = parts[number - 1]
        var headers: [(String, String)] = []
        if let etag = version.etag { headers.append(("ETag", etag)) }
        headers += [
            ("Last-Modified", object.modified.httpDate), ("Content-Type", object.contentType ?? contentType(key)),
            ("Accept-Ranges", "bytes"),
            ("Content-Range", "bytes \(range.lowerBound)-\(max(0, range.upperBound - 1))/\(object.content.count)"),
        ]
        if object.parts != nil { headers.append(("x-amz-mp-parts-count", "\(parts.count)")) }
        return HTTPResponse(206, headers: headers + amazonHeaders(), body: object.content.slice(range))
    }

    private func etags(_ header: String) -> [String] {
        header.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }
}

/// The headers every answer of S3 carries.
func amazonHeaders(encrypted: Bool = false) -> [(String, String)] {
    [("x-amz-request-id", "D312B36E3ECDE019"), ("x-amz-id-2", "simulator"), ("Server", "AmazonS3")]
        + (encrypted ? [("x-amz-server-side-encryption", "AES256")] : [])
}

/// An error of S3.
func xmlError(_ status: Int, _ code: String, _ message: String, _ details: String = "") -> HTTPResponse {
    HTTPResponse(
        status,
        status == 503 ? "Slow Down" : nil,
        headers: [("Content-Type", "application/xml")] + amazonHeaders(),
        body: Content(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>\(message)</Message>"
                + "\(details)<RequestId>D312B36E3ECDE019</RequestId><HostId>simulator</HostId></Error>"
        )
    )
}

/// `text` as XML character data.
func xmlEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "\r": result += "&#13;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

private func contentType(_ key: String) -> String {
    switch key.split(separator: ".").last {
    case "tif", "tiff": "image/tiff"
    case "zip": "application/zip"
    case "png": "image/png"
    case "nc": "application/x-netcdf"
    case "xml": "application/xml"
    case "txt", "log": "text/plain"
    case "kmz": "application/vnd.google-earth.kmz"
    default: "binary/octet-stream"
    }
}
