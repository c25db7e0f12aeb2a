/// Takes the body of one response. Called on the transfer thread only, so it must not block: what it cannot take now it
/// pauses, and resumes through its `TransferControl` when it can.
package protocol BodySink: AnyObject, Sendable {
    /// The head of the final response; called once, before any byte of the body.
    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision
    /// The next bytes of the body, in order. `bytes` is valid only during the call.
    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision
}

/// What a sink says to the bytes it was offered.
package enum SinkDecision: Sendable {
    /// Taken; go on.
    case take
    /// None of these bytes taken; offer them again after `TransferControl.resume()`.
    case pause
    /// No more wanted. The connection is given up if the body goes on; the transfer ends without an error.
    case enough
}

/// Resumes a paused transfer, or ends one. Any thread; harmless after the transfer's end.
package struct TransferControl: Sendable {
    let id: UInt64
    let engine: TransferEngine

    package func resume() { self.engine.resume(self.id) }

    /// Ends the transfer with an error of code `.cancelled`.
    package func cancel() { self.engine.cancelTransfer(self.id) }
}

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
