import FoundationEssentials
import HyP3Mirror

/// What a run with `--quiet` says while HyP3 is down: one line an hour, which says since when. Any other run says all.
struct QuietOutage {
    private let isQuiet: Bool
    private let book: OutageBook

    init(_ book: OutageBook, isQuiet: Bool) {
        self.book = book
        self.isQuiet = isQuiet
    }

    /// What a run says while it goes on waits for its end, where the one before it found HyP3 down.
    func begin() { if self.isQuiet, self.book.entry != nil { StandardError.hold() } }

    /// - Returns: whether all that is to be said of the run is said.
    func end(_ report: RunReport) -> Bool {
        switch report.exitCode {
        case .unavailable: break
        case .ok, .incomplete, .damage:
            self.book.clear()
            StandardError.release(isDropped: false)
            return false
        default:
            // Whether HyP3 is there is not known.
            StandardError.release(isDropped: false)
            return false
        }
        let (since, isDue) = self.book.note(started: report.started, now: .now)
        StandardError.release(isDropped: self.isQuiet)
        guard self.isQuiet else { return false }
        if isDue {
            let reason = report.stopped ?? report.exitMeaning
            StandardError.tell(
                "\(report.project): \(reason) (so since \(CivilTime(since).text); while it is, said once an hour)"
            )
        }
        return true
    }
}
