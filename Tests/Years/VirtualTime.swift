import FoundationEssentials
import HyP3Mirror
import HyP3Simulator
import Synchronization

/// The time of a simulated year: HyP3's, and that of the machines that run the mirror, which may be wrong.
///
/// Stands until it is set, or somebody waits: a wait costs next to no real time, and those who begin to wait at one instant
/// wait side by side.
final class VirtualTime: Sendable {
    private struct State {
        var true_: Date
        /// Seconds that the machines' clock is ahead.
        var slip = 0.0
        var elapsed = Duration.zero
    }

    private let state: Mutex<State>

    init(_ start: Date) { self.state = Mutex(State(true_: start)) }

    /// HyP3's.
    var now: Date { self.state.withLock { $0.true_ } }

    /// What the machines take for now.
    var ofMachines: Date { self.state.withLock { $0.true_.addingTimeInterval($0.slip) } }

    /// Seconds that the machines' clock is ahead; negative is behind.
    var slip: Double {
        get { self.state.withLock { $0.slip } }
        set { self.state.withLock { $0.slip = newValue } }
    }

    /// Goes on to that instant of HyP3's time, if it is not past.
    func advance(to date: Date) {
        self.state.withLock { state in
            let step = date.timeIntervalSince(state.true_)
            guard step > 0 else { return }
            state.true_ = date
            state.elapsed += .seconds(step)
        }
    }

    /// HyP3's, for the simulator.
    var calendar: CalendarTime { CalendarTime(self.now) }

    /// As the mirror takes it.
    ///
    /// - Parameter seed: of the jitter of its retries.
    func pace(seed: UInt64) -> Pace {
        let chance = Mutex(Chance(seed))
        return Pace(
            now: { self.ofMachines },
            sleep: { wait in
                try Task.checkCancellation()
                let end = self.now.addingTimeInterval(wait / .seconds(1))
                // What is on the line meanwhile would long be here.
                try await Task.sleep(for: min(wait, .milliseconds(5)))
                self.advance(to: end)
            },
            random: { chance.withLock { $0.fraction() } },
            elapsed: { self.state.withLock { $0.elapsed } }
        )
    }
}

extension CalendarTime {
    init(_ date: Date) { self.init(seconds: Int(date.timeIntervalSince1970.rounded(.down))) }

    var date: Date { Date(timeIntervalSince1970: Double(self.seconds)) }
}
