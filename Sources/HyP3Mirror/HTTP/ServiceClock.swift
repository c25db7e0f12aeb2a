package import FoundationEssentials
import Synchronization

/// The time by which HyP3 deletes: its own where this machine's clock is off. Any thread.
///
/// HyP3's answers say when they were made (`Date`, RFC 9110 §6.6.1). Until one has come, and where it agrees with this
/// machine within a few minutes, this machine's clock counts.
package final class ServiceClock: Sendable {
    private struct Reading {
        /// As HyP3 said it (UTC).
        let service: Date
        /// Of a clock that nobody sets.
        let taken: Duration
    }

    /// Seconds by which clocks may differ before it is told: an answer may be long on its way, and no product's expiry is
    /// that near to the minute.
    private static let tolerance = 300.0
    /// What a service may mean by "now": 2020 to 2200. Anything else is no clock.
    private static let plausible =
        Date(timeIntervalSince1970: 1_577_836_800)..<Date(timeIntervalSince1970: 7_258_118_400)

    private let local: @Sendable () -> Date
    private let elapsed: @Sendable () -> Duration
    private let reading = Mutex<Reading?>(nil)

    /// - Parameters:
    ///   - local: this machine's clock.
    ///   - elapsed: since any fixed instant, by a clock that nobody sets.
    package init(local: @escaping @Sendable () -> Date, elapsed: @escaping @Sendable () -> Duration) {
        self.local = local
        self.elapsed = elapsed
    }

    /// By the clocks of a pace.
    package convenience init(_ pace: Pace = .real) { self.init(local: pace.now, elapsed: pace.elapsed) }

    /// Notes the `Date` of an answer of HyP3's own that has just come; what is no date is passed over.
    package func note(dateHeader: String?) {
        guard let date = dateHeader.flatMap({ HTTPDate.date($0) }), Self.plausible.contains(date) else { return }
        let reading = Reading(service: date, taken: self.elapsed())
        self.reading.withLock { $0 = reading }
    }

    /// This machine's time.
    package var machine: Date { self.local() }

    /// HyP3's time where it differs from this machine's by more than a few minutes, else this machine's.
    package var now: Date {
        let local = self.local()
        return self.service.flatMap { abs($0.timeIntervalSince(local)) > Self.tolerance ? $0 : nil } ?? local
    }

    /// That the clocks differ by more than a few minutes, in one sentence; nil where they do not, or nothing is known.
    package var warning: String? {
        self.difference.map {
            "this machine's clock is \($0); what has expired is told by HyP3's, and the machine's should be set (NTP)"
        }
    }

    /// What to do about a certificate whose time has not come or is over.
    package var certificateAdvice: String {
        guard let difference = self.difference else {
            return "this machine's clock says \(CivilTime(self.local()).text); if that is wrong, set it"
        }
        return "this machine's clock is \(difference); set it"
    }

    private var service: Date? {
        let elapsed = self.elapsed()
        return self.reading.withLock { $0 }.map { reading in
            let since = (elapsed - reading.taken).components
            return reading.service.addingTimeInterval(Double(since.seconds) + Double(since.attoseconds) / 1e18)
        }
    }

    private var difference: String? {
        let local = self.local()
        guard let service = self.service else { return nil }
        let seconds = local.timeIntervalSince(service)
        guard abs(seconds) > Self.tolerance else { return nil }
        let size = Self.text(abs(seconds))
        return "\(size) \(seconds > 0 ? "ahead" : "behind") (it says \(CivilTime(local).text), "
            + "HyP3 says \(CivilTime(service).text))"
    }

    private static func text(_ seconds: Double) -> String {
        switch seconds {
        case ..<7200: Count.of(Int((seconds / 60).rounded()), "minute")
        case ..<172_800: Count.of(Int((seconds / 3600).rounded()), "hour")
        default: Count.of(Int((seconds / 86_400).rounded()), "day")
        }
    }
}
