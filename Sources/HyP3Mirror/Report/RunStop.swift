import Synchronization

/// Why a run was asked to stop before its end. Any thread; the first cause counts.
package final class RunStop: Sendable {
    package enum Cause: Sendable, Hashable, CustomStringConvertible {
        /// SIGHUP, SIGINT or SIGTERM, by number.
        case signal(Int32)
        /// `--max-runtime` is over.
        case maximumRuntime
        /// Nothing moved any more; the sentence says what was waited for.
        case standstill(String)

        /// For summary and report.
        package var description: String {
            switch self {
            case .signal(1): "SIGHUP"
            case .signal(2): "SIGINT"
            case .signal(15): "SIGTERM"
            case .signal(let number): "signal \(number)"
            case .maximumRuntime: "--max-runtime is over"
            case .standstill(let sentence): sentence
            }
        }
    }

    private struct State {
        var cause: Cause?
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package var cause: Cause? { self.state.withLock { $0.cause } }

    package func request(_ cause: Cause) {
        let cancel = self.state.withLock { state in
            state.cause = state.cause ?? cause
            return state.cancel
        }
        cancel?()
    }

    /// Has `cancel` called with every request, at once where there was one before.
    package func onRequest(_ cancel: @escaping @Sendable () -> Void) {
        let isRequested = self.state.withLock { state in
            state.cancel = cancel
            return state.cause != nil
        }
        if isRequested { cancel() }
    }
}
