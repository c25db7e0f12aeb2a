import CZlib

/// Applies the effects that befall a request.
struct FaultedExchange {
    let effects: [Fault.Effect]
    /// Authority (host and port) by destination of a redirect.
    let hosts: RedirectHosts
    /// Replaces the object the request is about by another one.
    let replaceObject: @Sendable () -> Void
    /// Counts up with every request, for ETags that never stay.
    let requestNumber: Int

    /// The answer that takes the place of the service's own, when an effect gives one.
    func answer(to request: HTTPRequest, isBucket: Bool) -> HTTPResponse? {
        for effect in effects {
            switch effect {
            case .status(let code, let retryAfter, let body, let contentType):
                var response =
                    body.map { text in
                        HTTPResponse(
                            code,
                            headers: [("Content-Type", contentType ?? "text/plain")],
                            body: Content(text)
                        )
                    } ?? Self.standardError(code, isBucket: isBucket)
                response.set("Retry-After", retryAfter)
                return response
            case .redirect(let destination):
                return redirect("\(hosts.base(destination, request))\(request.target)")
            case .redirectURL(let url): return redirect(url)
            case .html:
                return HyP3Simulator.html(200, "OK", "Sign in", "Please accept the terms of use to go on.")
            case .xmlError:
                var response = xmlError(200, "InternalError", "We encountered an internal error. Please try again.")
                response.reason = "OK"
                return response
            case .answer(let body, let contentType):
                return HTTPResponse(200, headers: [("Content-Type", contentType)], body: Content(body))
            default: continue
            }
        }
        return nil
    }

    /// How the bucket is to bend the range.
    var bending: BucketService.Bending {
        var bending = BucketService.Bending()
        for effect in effects {
            switch effect {
            case .ignoreRange: bending.ignoresRange = true
            case .ignorePartNumber: bending.ignoresPartNumber = true
            case .refuseRange: bending.refusesRange = true
            case .shiftRange(let distance): bending.rangeShift = distance
            default: continue
            }
        }
        return bending
    }

    /// Spoils a response that is otherwise right.
    func spoil(_ response: inout HTTPResponse) {
        for effect in effects {
            switch effect {
            case .cut(let count): response.ending = (count, .cut)
            case .drop(let count): response.ending = (count, .drop)
            case .reset(let count): response.ending = (count, .reset)
            case .halfClose(let count): response.ending = (count, .halfClose)
            case .stall(let count): response.ending = (count, .stall)
            case .replaceObject(let count):
                response.ending = (count, .cut)
                response.afterBody = replaceObject
            case .flipBit(let offset):
                response.body = response.body.flippingBit(at: offset ?? response.body.count / 2)
            case .contentLength(let difference):
                response.declaredLength = .value(max(0, response.body.count + difference))
                response.closes = true
            case .noContentLength(let keep):
                response.declaredLength = .absent
                response.body = response.body.slice(0..<max(0, keep ?? response.body.count))
            case .chunked(let keep):
                response.declaredLength = .chunked
                if let keep { response.ending = (keep, .cut) }
            case .truncate(let count): response.body = response.body.slice(0..<max(0, count))
            case .etag(let value): response.set("ETag", value)
            case .addHeader(let name, let value): response.headers.append((name, value))
            case .weakETag: response.header("ETag").map { response.set("ETag", "W/\($0)") }
            case .changingETag: response.set("ETag", "\"\(hexadecimal(digest(Content("\(requestNumber)"), .md5)))\"")
            case .contentRange(let value): spoilContentRange(&response, value)
            case .gzip:
                response.body = gzipped(response.body)
                response.set("Content-Encoding", "gzip")
            case .firstHeaderLine(let text): response.firstHeaderLine = text
            case .clock(let seconds): response.clockAhead = seconds
            case .delay(let milliseconds): response.delay += Double(milliseconds) / 1_000
            case .throttle(let rate): response.bytesPerSecond = max(1, rate)
            default: continue
            }
        }
    }

    /// The error body each part of the service sends with a status.
    static func standardError(_ code: Int, isBucket: Bool) -> HTTPResponse {
        guard isBucket else {
            switch code {
            case 400, 401, 404: return problem(code, "Simulated \(code)")
            case 500: return internalError()
            case 503:
                return json(
                    503,
                    "{\"detail\": \"HyP3 is currently unavailable. Please try again later.\", \"status\": 503, "
                        + "\"title\": \"Service Unavailable\", \"type\": \"about:blank\"}"
                )
            default:
                let messages = [403: "Forbidden", 429: "Too Many Requests", 504: "Endpoint request timed out"]
                return json(code, "{\"message\": \"\(messages[code] ?? "Internal server error")\"}")
            }
        }
        switch code {
        case 403: return xmlError(403, "AccessDenied", "Access Denied")
        case 404: return xmlError(404, "NoSuchKey", "The specified key does not exist.")
        case 503: return xmlError(503, "SlowDown", "Please reduce your request rate.")
        default: return xmlError(code, "InternalError", "We encountered an internal error. Please try again.")
        }
    }

    private func redirect(_ location: String) -> HTTPResponse {
        HTTPResponse(302, headers: [("Location", location)])
    }

    private func spoilContentRange(_ response: inout HTTPResponse, _ value: String?) {
        guard let header = response.header("Content-Range") else { return }
        if let value {
            response.set("Content-Range", value)
        } else if let slash = header.lastIndex(of: "/"), let total = Int(header[header.index(after: slash)...]) {
            response.set("Content-Range", "\(header[...slash])\(total + 1)")
        }
    }

    /// RFC 1952 with the deflate stream of zlib.
    private func gzipped(_ content: Content) -> Content {
        let raw = content.bytes
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        bytes += zlibCompressed(raw).dropFirst(2).dropLast(4)
        bytes.appendLittleEndian(crc32(content))
        bytes.appendLittleEndian(UInt32(truncatingIfNeeded: raw.count))
        return Content(bytes)
    }
}

/// Where the simulator can be reached, for redirects.
struct RedirectHosts: Sendable {
    var tlsPort: Int
    var plainPort: Int
    var loginHost: String
    var otherHost: String

    /// Scheme and authority.
    func base(_ destination: Fault.Destination, _ request: HTTPRequest) -> String {
        switch destination {
        case .plainHTTP: "http://\(request.host):\(plainPort)"
        case .otherHost: "https://\(otherHost):\(tlsPort)"
        case .loginHost: "https://\(loginHost):\(tlsPort)"
        case .loop: "https://\(request.authority)"
        }
    }
}
