import Glibc
import SystemPackage

/// Runs blocking file system work on a thread of its own, never on Swift's cooperative pool: one call on a network file
/// system may block for minutes, and the pool has only as many threads as the machine has cores.
///
/// - Parameter work: what the thread is for, in an error message: `scan the archive`.
/// - Throws: what `body` throws, or `FilesystemError` when no thread can be started.
package func onOwnThread<R: Sendable>(
    to work: String,
    _ body: @escaping @Sendable () throws -> R
) async throws -> R {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
        do throws(Errno) {
            let thread = try startThread { continuation.resume(with: Result(catching: body)) }
            pthread_detach(thread)
        } catch {
            continuation.resume(throwing: FilesystemError("start a thread to", work, error))
        }
    }
}

/// Runs `body` on this thread and on `count - 1` others at once, and returns when all are done. Where the system gives
/// fewer threads, there are fewer.
func runOnThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    var others: [pthread_t] = []
    while others.count < count - 1, let thread = try? startThread(body) { others.append(thread) }
    body()
    for thread in others { pthread_join(thread, nil) }
}

/// - Returns: a thread to be joined or detached.
/// - Throws: the error number of `pthread_create` (`EAGAIN`: too many threads).
private func startThread(_ body: @escaping @Sendable () -> Void) throws(Errno) -> pthread_t {
    let start = Unmanaged.passRetained(ThreadStart(body: body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        },
        start.toOpaque()
    )
    if code != 0 {
        start.release()
        throw Errno(rawValue: code)
    }
    return thread
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
