import CurlTransfer

/// Asks the service how large the parts of a multipart upload are: `HEAD ?partNumber=1` (S3 API, HeadObject).
struct PartSizeQuestion {
    let url: String
    let engine: TransferEngine

    /// Bytes of the first part; nil unless the answer is a 206. A CDN that drops the query describes the whole object with
    /// a 200.
    func ask() async throws -> Int64? {
        let response = try await self.engine.response(
            to: HTTPRequest(.head, self.url + "?partNumber=1"),
            bodyLimit: 64 * 1024
        )
        guard response.status == 206, response.headers["x-amz-mp-parts-count"] != nil,
            let length = response.headers["content-length"].flatMap({ Int64($0) })
        else { return nil }
        return length
    }
}
