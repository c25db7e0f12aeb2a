import FoundationEssentials

extension Job {
    /// How long after its request files are waited for of a job whose products HyP3 keeps for ever.
    private static let patience: TimeInterval = 30 * 86400

    /// Whether nothing more will become of the job: HyP3 runs a failed one again only as another job. One that succeeded
    /// and lists no files may list them yet, as long as HyP3 has them.
    ///
    /// - Parameter now: the instant that decides what has expired.
    func isFinal(at now: Date) -> Bool {
        switch self.status {
        case .succeeded: !self.files.isEmpty || self.end <= now
        case .failed: true
        case .pending, .running, .unknown: false
        }
    }

    /// When its files need no more be waited for.
    private var end: Date { self.expires ?? self.requestTime.addingTimeInterval(Self.patience) }
}
