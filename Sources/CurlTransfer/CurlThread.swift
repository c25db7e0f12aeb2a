import CCurl
import CurlShim
import Glibc
import Synchronization

/// The one thread that owns a `curl_multi` handle and every easy handle in it.
///
/// It is the executor of `TransferEngine`, so "only on that thread" is checked by the compiler. libcurl allows
/// `curl_multi_wakeup` alone from other threads (libcurl-multi(3)); it is called under the lock that closing takes.
final class CurlThread: SerialExecutor, @unchecked Sendable {
    /// What other threads ask of running transfers without waiting for an answer.
    enum Command: Sendable {
        case cancel(UInt64)
        case resume(UInt64)
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var commands: [Command] = []
        var isStopping = false
        var hasEnded = false
    }

    private let state: Mutex<State>
    private let owner = Atomic<UInt>(0)
    /// Only the thread itself uses it, but for `curl_multi_wakeup`.
    let multi: UnsafeMutableRawPointer

    init(multi: UnsafeMutableRawPointer) {
        self.multi = multi
        self.state = Mutex(State())
    }

    /// Starts the thread. `turn` is called after each batch of jobs and gives the milliseconds to wait at most;
    /// `end` is called last, before the handle is cleaned up.
    /// - Throws: `TransferError` when the system gives no thread.
    func start(turn: @escaping @Sendable () -> Int32, end: @escaping @Sendable () -> Void) throws {
        let body = ThreadBody { [self] in
            self.owner.store(UInt(pthread_self()), ordering: .sequentiallyConsistent)
            self.run(turn: turn, end: end)
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        let context = Unmanaged.passRetained(body)
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            &attributes,
            { raw in
                guard let raw else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            context.release()
            throw TransferError(
                code: .internalError,
                message: "no thread for transfers: \(String(cString: strerror(code)))"
            )
        }
    }

    /// Hands over a command for the next turn of the loop. Any thread.
    func post(_ command: Command) {
        self.state.withLock { state in
            state.commands.append(command)
            if !state.hasEnded { _ = curl_multi_wakeup(self.multi) }
        }
    }

    /// The commands posted since the last call, in their order.
    func takeCommands() -> [Command] {
        self.state.withLock { state in
            defer { state.commands.removeAll(keepingCapacity: true) }
            return state.commands
        }
    }

    /// Ends the thread after the jobs that are queued. Any thread.
    func stop() {
        self.state.withLock { state in
            state.isStopping = true
            if !state.hasEnded { _ = curl_multi_wakeup(self.multi) }
        }
    }

    private func run(turn: @Sendable () -> Int32, end: @Sendable () -> Void) {
        while true {
            let (jobs, isStopping) = self.state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isStopping)
            }
            for job in jobs { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
            if isStopping && jobs.isEmpty { break }
            let wait = turn()
            _ = curl_multi_poll(self.multi, nil, 0, wait, nil)
        }
        end()
        // A call that comes after the end still has to be answered; it finds the engine closed.
        let late = self.state.withLock { state in
            state.hasEnded = true
            defer { state.jobs.removeAll() }
            return state.jobs
        }
        for job in late { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        curl_multi_cleanup(self.multi)
    }

    // MARK: SerialExecutor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let hasEnded = self.state.withLock { state in
            if state.hasEnded { return true }
            state.jobs.append(job)
            if !state.hasEnded { _ = curl_multi_wakeup(self.multi) }
            return false
        }
        if hasEnded { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        // Called by the runtime only to trap on a programming error of this module.
        precondition(self.isIsolatingCurrentContext() != false, "not on the transfer thread")
    }

    func isIsolatingCurrentContext() -> Bool? {
        self.owner.load(ordering: .sequentiallyConsistent) == UInt(pthread_self())
            || self.state.withLock { $0.hasEnded }
    }
}

/// Carries a closure through `pthread_create`.
private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
}
