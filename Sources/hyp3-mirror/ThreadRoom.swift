import Glibc
import HyP3Mirror

/// Whether the system gives this process the threads that any run needs. Where it does not, Swift's own runtime waits for
/// them for ever, so it is asked before that has begun.
enum ThreadRoom {
    private static let needed = 8

    /// Ends the process with a sentence where there are too few.
    static func require() {
        let started = Self.startable()
        guard started < Self.needed else { return }
        Descriptor.tellAtOnce(
            "only \(started) of the \(Self.needed) threads that are needed can be started; raise the number of processes "
                + "(ulimit -u, TasksMax=) or the memory (ulimit -v, MemoryMax=) that this user may have"
        )
        Glibc.exit(RunStatus.storage.rawValue)
    }

    /// Threads that can be there at once, up to `needed`; none is left.
    private static func startable() -> Int {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(gate, nil)
        pthread_mutex_lock(gate)
        var threads: [pthread_t] = []
        while threads.count < Self.needed {
            var thread = pthread_t()
            let code = pthread_create(
                &thread,
                nil,
                { gate in
                    if let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self) {
                        pthread_mutex_lock(gate)
                        pthread_mutex_unlock(gate)
                    }
                    return nil
                },
                gate
            )
            guard code == 0 else { break }
            threads.append(thread)
        }
        pthread_mutex_unlock(gate)
        for thread in threads { pthread_join(thread, nil) }
        pthread_mutex_destroy(gate)
        gate.deallocate()
        return threads.count
    }
}
