@preconcurrency import Dispatch
import Glibc
import HyP3Mirror

/// Turns the first SIGINT or SIGTERM into a request to stop, and the second into the end of the process at once.
final class Signals: Sendable {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onFirst: called once, on a queue of its own.
    init(_ stop: RunStop, onFirst: @escaping @Sendable () -> Void) {
        self.sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "signal"))
            source.setEventHandler {
                // Nothing is lost: a commit that is cut off is finished by the next run from its journal.
                if stop.cause != nil { _exit(128 + number) }
                stop.request(.signal(number))
                StandardError.write("stopping; partial files are kept (a second signal stops at once)\n")
                onFirst()
            }
            source.resume()
            return source
        }
    }

    /// Gives the signals back to whoever comes next.
    func end() {
        for source in self.sources { source.cancel() }
    }
}
