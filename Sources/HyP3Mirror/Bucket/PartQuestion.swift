import CurlTransfer
import FoundationEssentials

/// Asks the service how long the parts of a multipart upload are: `HEAD ?partNumber=…` (S3 API, HeadObject).
struct PartQuestion: Sendable {
    let url: String
    let client: any HTTPClient
    let clock: ServiceClock

    /// What the service says of one part.
    struct Part: Sendable, Hashable {
        /// Bytes.
        var length: Int64
        /// How many parts the object has.
        var count: Int
    }

    /// An object of more parts is not asked about part by part: that would take minutes on a long line.
    static let mostParts = 256

    /// - Parameters:
    ///   - number: from 1.
    ///   - etag: of the object whose parts are meant.
    /// - Returns: nil where the service does not tell. A CDN that drops the query describes the whole object with a 200:
    ///   only a 206 is believed.
    /// - Throws: `FetchFailure` where it could not be asked, or another object lies there now; `CancellationError`.
    func part(_ number: Int, of etag: String?) async throws -> Part? {
        let mark = self.url.contains("?") ? "&" : "?"
        let response: HTTPResponse
        do {
            response = try await self.client.response(
                to: HTTPRequest(.head, "\(self.url)\(mark)partNumber=\(number)"),
                bodyLimit: 64 * 1024
            )
        } catch let error as TransferError {
            if error.code == .cancelled { throw CancellationError() }
            throw FetchFailure(error, hasAnswered: true, clock: self.clock)
        }
        if [408, 429, 500, 502, 503, 504].contains(response.status) {
            let pause = response.headers["retry-after"].flatMap { RetryAfter.wait($0, now: self.clock.machine) }
            throw FetchFailure(
                .transient(retryAfter: pause),
                "asked for the length of its parts, the service answered \(response.status)"
            )
        }
        guard response.status == 206, let count = response.headers["x-amz-mp-parts-count"].flatMap({ Int($0) }),
            count >= number, let length = response.headers["content-length"].flatMap({ Int64($0) }), length >= 0,
            let tag = response.headers["etag"]
        else { return nil }
        if let etag, tag != etag {
            throw FetchFailure(.changed, "another object lay there when the length of its parts was asked for")
        }
        return Part(length: length, count: count)
    }

    /// The lengths of all parts.
    ///
    /// - Parameters:
    ///   - total: bytes of the object, which the lengths must add up to.
    ///   - first: what was said of part 1.
    /// - Returns: nil where the service does not tell all of them, or they cannot be right.
    /// - Throws: as `part`.
    func lengths(total: Int64, first: Part, of etag: String?) async throws -> [Int64]? {
        guard (1...Self.mostParts).contains(first.count), first.length <= total else { return nil }
        var lengths = [first.length]
        var rest = total - first.length
        while lengths.count < first.count {
            let number = lengths.count + 1
            // The last is what is left.
            if number == first.count {
                lengths.append(rest)
                rest = 0
                break
            }
            guard let part = try await self.part(number, of: etag), part.count == first.count, part.length <= rest
            else { return nil }
            lengths.append(part.length)
            rest -= part.length
        }
        return rest == 0 ? lengths : nil
    }
}
