@preconcurrency import Dispatch
import Glibc
import HyP3Mirror
import Logging
import Synchronization

/// What stops a call before its end, whatever project it is at: the first SIGHUP, SIGINT or SIGTERM, and the time it may
/// take. A second signal ends the process at once.
final class CallStop: Sendable {
    private struct State {
        var signal: Int32?
        /// Stops the run that is under way.
        var current: (@Sendable (RunStop.Cause) -> Void)?
    }

    let began = ContinuousClock.now
    private let state = Mutex(State())
    private let onSignal: @Sendable () -> Void
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    /// - Parameter onSignal: called with the first signal.
    init(onSignal: @escaping @Sendable () -> Void = {}) {
        self.onSignal = onSignal
        for number in [SIGHUP, SIGINT, SIGTERM] {
            // Who was started by nohup(1) goes on after its terminal has gone.
            let wasIgnored =
                unsafeBitCast(signal(number, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            if wasIgnored, number == SIGHUP { continue }
            let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "signal"))
            source.setEventHandler { [weak self] in self?.receive(number) }
            // A source is registered by another thread; what came before that would be lost, so nothing begins before.
            let isRegistered = DispatchSemaphore(value: 0)
            source.setRegistrationHandler { isRegistered.signal() }
            source.resume()
            isRegistered.wait()
            self.sources.withLock { $0.append(source) }
        }
    }

    /// Why a project that has not begun need not begin; nil where it may.
    func cause(limit: Duration?) -> RunStop.Cause? {
        if let signal = self.state.withLock({ $0.signal }) { return .signal(signal) }
        return limit.map { self.began + $0 <= .now } == true ? .maximumRuntime : nil
    }

    /// The line for a project whose turn never came.
    static func notBegun(_ project: String, because reason: String) -> String {
        "\(ForeignText.shown(project)): not begun (\(reason))"
    }

    /// Runs `body` in a task that is cancelled by a signal, also one that came before, and when the call has taken `limit`.
    func run<R: Sendable>(limit: Duration?, _ body: @escaping @Sendable (RunStop) async -> R) async -> R {
        let stop = RunStop()
        let task = Task { await body(stop) }
        stop.onRequest { task.cancel() }
        let end: @Sendable (RunStop.Cause) -> Void = { stop.request($0) }
        let before = self.state.withLock { state in
            state.current = end
            return state.signal
        }
        if let before { end(.signal(before)) }
        let alarm = Task { [began] in
            guard let limit, (try? await Task.sleep(until: began + limit, clock: .continuous)) != nil else { return }
            end(.maximumRuntime)
        }
        let result = await task.value
        self.state.withLock { $0.current = nil }
        alarm.cancel()
        await alarm.value
        return result
    }

    private func receive(_ number: Int32) {
        let (isFirst, current) = self.state.withLock { state in
            defer { state.signal = state.signal ?? number }
            return (state.signal == nil, state.current)
        }
        // Nothing is lost: a commit that is cut off is finished by the next run from its journal.
        guard isFirst else {
            StandardError.endProgress()
            ChildProcess.endAll()
            _exit(128 + number)
        }
        StandardError.write("stopping; partial files are kept (a second signal stops at once)\n", .notice)
        self.onSignal()
        current?(.signal(number))
    }
}
