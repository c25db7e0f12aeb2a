import Synchronization

/// Why a run was asked to stop before its end. Any thread; the first cause counts.
package final class RunStop: Sendable {
    package enum Cause: Sendable, Hashable, CustomStringConvertible {
        /// SIGHUP, SIGINT or SIGTERM, by number.
        case signal(Int32)
        /// `--max-runtime` is over.
        case maximumRuntime

        /// For summary and report.
        package var description: String {
            switch self {
            case .signal(1): "SIGHUP"
            case .signal(2): "SIGINT"
            case .signal(15): "SIGTERM"
            case .signal(let number): "signal \(number)"
            case .maximumRuntime: "--max-runtime is over"
            }
        }
    }

    private let first = Mutex<Cause?>(nil)

    package init() {}

    package var cause: Cause? { self.first.withLock { $0 } }

    package func request(_ cause: Cause) {
        self.first.withLock { $0 = $0 ?? cause }
    }
}
