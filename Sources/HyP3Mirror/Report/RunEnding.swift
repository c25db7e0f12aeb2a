/// How a run came to its end.
package enum RunEnding: Sendable, Hashable {
    /// Every planned product was tried.
    case complete
    /// Asked to stop.
    case stopped(RunStop.Cause)
    /// An error ended it; `message` is one sentence.
    case failed(RunStatus, message: String)

    /// - Parameters:
    ///   - notHad: products that exist, as far as is known, and could not be archived.
    ///   - newlyLost: products found lost, or missing from the archive, that were not known to be.
    ///   - left: planned products that were not tried to the end.
    ///   - isUnseen: a part of the archive could not be read, or products may lie where it was not looked into.
    package func status(notHad: Int, newlyLost: Int, left: Int, isUnseen: Bool = false) -> RunStatus {
        switch self {
        case .failed(let status, _): return status
        case .stopped(.signal(let number)): return RunStatus(signal: number)
        case .stopped(.standstill): return .unavailable
        case .stopped(.maximumRuntime) where left > 0: return .again
        case .stopped(.maximumRuntime), .complete:
            if isUnseen { return .storage }
            return notHad > 0 || newlyLost > 0 || left > 0 ? .incomplete : .ok
        }
    }
}
