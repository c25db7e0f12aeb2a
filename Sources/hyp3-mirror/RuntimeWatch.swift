import Glibc
import HyP3Mirror
import Synchronization

/// Ends a process whose runtime gets no thread any more.
///
/// libdispatch, which runs all that is asynchronous, lets idle threads go and asks the system for new ones; where that refuses
/// (ulimit -u, TasksMax=), it asks again each second for ever, and nothing else in the process goes on. So this is watched by
/// a thread that needs nobody.
enum RuntimeWatch {
    /// Counts rounds without a beat: of a process that was stopped and goes on, only those in which it could have beaten.
    struct Silence {
        private static let patience = 12
        private var heard = 0
        private var rounds = 0

        /// Takes down what was counted at the end of a round.
        /// - Returns: whether it has been silent for too long.
        mutating func isTooLong(beats: Int) -> Bool {
            self.rounds = beats == self.heard ? self.rounds + 1 : 0
            self.heard = beats
            return self.rounds >= Self.patience
        }
    }

    /// Seconds of a round.
    private static let round: UInt32 = 10
    private static let beats = Atomic<Int>(0)

    /// Begins to watch; call once.
    static func begin() {
        Task.detached {
            while true {
                Self.beats.wrappingAdd(1, ordering: .relaxed)
                try await Task.sleep(for: .seconds(Int(Self.round)))
            }
        }
        var thread = pthread_t()
        // Without it a run is as it was; `ThreadRoom` has just found room for eight.
        guard pthread_create(&thread, nil, { _ in RuntimeWatch.watch() }, nil) == 0 else { return }
        pthread_detach(thread)
    }

    private static func watch() -> Never {
        var silence = Silence()
        repeat {
            var left: UInt32 = Self.round
            // A signal cuts it short.
            while left > 0 { left = sleep(left) }
        } while !silence.isTooLong(beats: Self.beats.load(ordering: .relaxed))
        Descriptor.tellAtOnce(
            "for two minutes the system has given no thread, and nothing goes on without; raise the number of processes "
                + "(ulimit -u, TasksMax=) that this user may have. What is archived is safe, and the next run goes on."
        )
        _exit(RunStatus.storage.rawValue)
    }
}
