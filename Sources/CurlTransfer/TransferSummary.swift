/// What is known of a transfer when it has ended without an error.
package struct TransferSummary: Sendable {
    package var head: HTTPResponseHead
    /// Bytes of the body the sink took.
    package var received: Int64
    /// The sink wanted no more before the body's end.
    package var wasStopped: Bool
    /// Until TCP was connected; zero on a reused connection.
    package var connectTime: Duration
    /// From start to the first byte of the answer.
    package var firstByteTime: Duration
    /// From start to end.
    package var totalTime: Duration
    package var reusedConnection: Bool
}
