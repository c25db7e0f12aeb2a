import CurlTransfer

/// Tells the service of `ping_url` of a run's begin and end. It may be down, and the run goes on.
struct HealthPing: Sendable {
    private let url: PingURL
    private let settings: ProjectSettings
    private let session: ServiceSession

    /// Nil without `ping_url`.
    init?(_ settings: ProjectSettings, _ session: ServiceSession) {
        guard let url = settings.pingURL else { return nil }
        self.url = url
        self.settings = settings
        self.session = session
    }

    /// Goes on, in its short time, where the task is cancelled: the end of a run that was stopped is told, too.
    ///
    /// - Parameter limit: from start to end.
    /// - Returns: why it failed, as a sentence; nil where it did not.
    func send(_ signal: PingURL.Signal, within limit: Duration) async -> String? {
        let sending = Task {
            do {
                let status = try await self.session.withService(self.settings) { service in
                    var request = HTTPRequest(.get, self.url.reveal(signal))
                    request.timeLimit = limit
                    return try await service.engine.response(to: request, bodyLimit: 64 << 10).status
                }
                return (200...299).contains(status) ? nil : "it answers \(status)"
            } catch let error as TransferError {
                // Its text names the host alone.
                return error.message
            } catch {
                return sentence(of: error)
            }
        }
        let reason = await sending.value
        return reason.map { "ping_url at \(self.url.origin) was not told of the run's \(Self.word(signal)): \($0)" }
    }

    private static func word(_ signal: PingURL.Signal) -> String { signal == .start ? "begin" : "end" }
}
