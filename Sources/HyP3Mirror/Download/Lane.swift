import Dispatch

/// The executor of one product's download: its work runs in order, on whatever thread is free, and may block. Neither the
/// sockets nor Swift's cooperative pool wait for the disk.
final class Lane: SerialExecutor {
    private static let workers = DispatchQueue(label: "products", attributes: .concurrent)
    private static let current = DispatchSpecificKey<ObjectIdentifier>()
    private let queue: DispatchQueue

    init() {
        self.queue = DispatchQueue(label: "product", target: Self.workers)
        self.queue.setSpecific(key: Self.current, value: ObjectIdentifier(self))
    }

    /// Runs `body` after all that was given before. Any thread; does not wait.
    func async(_ body: @escaping @Sendable () -> Void) { self.queue.async(execute: body) }

    /// Runs blocking work of no product in particular where the lanes run. Does not wait.
    static func aside(_ body: @escaping @Sendable () -> Void) { self.workers.async(execute: body) }

    /// Runs blocking work of no product in particular where the lanes run.
    static func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Self.workers.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    // MARK: SerialExecutor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        // Called by the runtime only to trap on a programming error of this module.
        precondition(self.isIsolatingCurrentContext() == true, "not on the product's lane")
    }

    func isIsolatingCurrentContext() -> Bool? {
        DispatchQueue.getSpecific(key: Self.current) == ObjectIdentifier(self)
    }
}
