import CurlTransfer

/// Connections to the hosts that a login leads to, opened while its first host is still asked: to open one takes two round
/// trips, and three hosts are spoken with before the first job is known.
///
/// libcurl gives a connection that was opened without a request to no other transfer (CURLOPT_CONNECT_ONLY). So each host is
/// asked for the head of `/`: that tells it nothing, and whatever it answers counts for nothing.
struct ConnectionsAhead: Sendable {
    /// Who has not answered by then gives no connection in time.
    private static let timeLimit = Duration.seconds(2)

    private let openings: [Origin: Task<Void, Never>]

    private init(to origins: Set<Origin>, client: any HTTPClient) {
        self.openings = Dictionary(
            uniqueKeysWithValues: origins.filter(\.isConfidential).map { origin in
                var request = HTTPRequest(.head, "\(origin)/")
                request.timeLimit = Self.timeLimit
                let asked = request
                // What is wrong with the host is said by the request that needs it.
                return (origin, Task { _ = try? await client.response(to: asked, bodyLimit: 0) })
            }
        )
    }

    /// Runs `body` beside their opening; what is not open by then is given up.
    static func open<R>(
        to origins: Set<Origin>,
        client: any HTTPClient,
        beside body: (ConnectionsAhead) async throws -> R
    ) async throws -> R {
        let ahead = ConnectionsAhead(to: origins, client: client)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(ahead))
        } catch {
            result = .failure(error)
        }
        for opening in ahead.openings.values { opening.cancel() }
        for opening in ahead.openings.values { await opening.value }
        return try result.get()
    }

    /// Waits until the connection to `origin` is free, if one is being opened; two seconds at most.
    func ready(_ origin: Origin) async {
        guard let opening = self.openings[origin] else { return }
        await withTaskCancellationHandler {
            await opening.value
        } onCancel: {
            opening.cancel()
        }
    }
}
