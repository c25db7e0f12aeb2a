package import FoundationEssentials

extension Job {
    /// When HyP3 deletes the job's products (UTC); nil means never, or not said.
    ///
    /// HyP3 writes "never" as a far year: 2120 in some deployments, 3000 and later in others.
    package var deletion: Date? {
        self.expiration.flatMap { $0 < Self.never ? $0 : nil }
    }

    /// 2120-01-01T00:00:00Z
    private static let never = Date(timeIntervalSince1970: 4_733_510_400)
}
