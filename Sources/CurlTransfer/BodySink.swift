/// Takes the body of one response. Called on the transfer thread only, so it must not block: what it cannot take now it
/// pauses, and resumes through its `TransferControl` when it can.
package protocol BodySink: AnyObject, Sendable {
    /// The head of the final response; called once, before any byte of the body.
    func begin(_ head: HTTPResponseHead, control: TransferControl) -> SinkDecision
    /// The next bytes of the body, in order. `bytes` is valid only during the call.
    func receive(_ bytes: UnsafeRawBufferPointer) -> SinkDecision
}
