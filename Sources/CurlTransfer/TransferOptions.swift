/// Limits and trust of an engine, the same for each of its transfers.
package struct TransferOptions: Sendable, Hashable {
    /// PEM file of the certificates to trust instead of the system's.
    package var caFile: String?
    /// Until TCP and TLS must be ready.
    package var connectTimeout: Duration = .seconds(30)
    /// A transfer with less than its least rate over this time has stalled.
    package var stallTimeout: Duration = .seconds(60)
    package var userAgent = "hyp3-mirror"
    /// Idle connections kept for reuse, over all hosts.
    package var keptConnections = 64

    package init() {}
}
