/// Resumes a paused transfer, or ends one. Any thread; harmless after the transfer's end.
package struct TransferControl: Sendable {
    let id: UInt64
    let engine: TransferEngine

    package func resume() { self.engine.resume(self.id) }

    /// Ends the transfer with an error of code `.cancelled`.
    package func cancel() { self.engine.cancelTransfer(self.id) }
}
