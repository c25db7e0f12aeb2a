/// What a sink says to the bytes it was offered.
package enum SinkDecision: Sendable {
    /// Taken; go on.
    case take
    /// None of these bytes taken; offer them again after `TransferControl.resume()`.
    case pause
    /// No more wanted. The connection is given up if the body goes on; the transfer ends without an error.
    case enough
}
