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
        /// Set while the thread has been started and not been joined.
        var thread: pthread_t?
        /// libcurl's handles are gone.
        var isClean = false
        var joining: CheckedContinuation<Void, Never>?
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
        let context = Unmanaged.passRetained(body)
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
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
        self.state.withLock { $0.thread = thread }
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

    /// Ends the thread after the jobs that are queued, and returns when it is gone. Any other thread; once.
    ///
    /// A process may exit after that, and not before: OpenSSL frees what all its users share in an exit handler, under the
    /// feet of a thread that still closes connections or, in the destructors of its thread-local data, ends.
    func stop() async {
        self.state.withLock { state in
            state.isStopping = true
            if !state.hasEnded { _ = curl_multi_wakeup(self.multi) }
        }
        await withCheckedContinuation { continuation in
            let isClean = self.state.withLock { state in
                if !state.isClean { state.joining = continuation }
                return state.isClean
            }
            if isClean { continuation.resume() }
        }
        let thread = self.state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        // Blocks no longer than the thread needs to return from its last function.
        if let thread { pthread_join(thread, nil) }
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
        let joining = self.state.withLock { state in
            state.isClean = true
            defer { state.joining = nil }
            return state.joining
        }
        joining?.resume()
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
