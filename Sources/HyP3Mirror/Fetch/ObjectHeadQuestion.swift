import CurlTransfer

/// Asks a product host what it has under a URL, without fetching it: size, ETag and checksums (S3 API, HeadObject).
struct ObjectHeadQuestion: Sendable {
    let client: any HTTPClient

    /// What the host says.
    enum Answer: Sendable {
        /// Bytes and evidence of the object that lies there.
        case object(size: Int64, ServiceEvidence)
        /// It gives nothing, as a clause; that it is gone is not proven by that.
        case nothing(String)
        /// Nobody can tell now, as a clause.
        case unknown(String)
    }

    private static let attempts = 3

    /// - Throws: `CancellationError`.
    func ask(_ url: String) async throws -> Answer {
        var trouble = "its URL is none"
        guard let url = try? HTTPURL(url) else { return .nothing(trouble) }
        for _ in 0..<Self.attempts {
            try Task.checkCancellation()
            let request = HTTPRequest(
                .head,
                url.text,
                headers: ["Accept-Encoding": "identity", "x-amz-checksum-mode": "ENABLED"]
            )
            do {
                let response = try await self.client.response(to: request, bodyLimit: 64 << 10)
                switch response.status {
                case 200:
                    guard let size = response.headers["content-length"].flatMap({ Int64($0) }), size >= 0 else {
                        return .unknown("\(url.origin) does not say how long it is")
                    }
                    return .object(size: size, ServiceEvidence(response.headers))
                case 403, 404, 410: return .nothing("\(url.origin) answered \(response.status)")
                default: trouble = "\(url.origin) answered \(response.status)"
                }
            } catch let error as TransferError {
                if error.code == .cancelled { throw CancellationError() }
                trouble = "\(error)"
            }
        }
        return .unknown(trouble)
    }
}
