import FoundationEssentials
import HyP3Mirror

/// What a run with `--quiet` says while HyP3 is down: one line an hour, which says since when. Any other run says all.
struct QuietOutage {
    private let isQuiet: Bool
    private let books: [OutageBook]

    init(_ settings: ProjectSettings) {
        self.isQuiet = settings.isQuiet
        self.books = [OutageBook(settings)]
    }

    /// Of a configuration of several projects, while nobody can say which: those that are in the archive remember for it.
    init(_ projects: SeveralProjects, isQuiet: Bool) {
        self.isQuiet = isQuiet
        let there = (try? projects.there()) ?? []
        self.books = there.filter { $0.refusal == nil }.map { OutageBook($0.settings) }
    }

    /// What a run says while it goes on waits for its end, where the one before it found HyP3 down.
    func begin() { if self.isQuiet, self.books.contains(where: { $0.entry != nil }) { StandardError.hold() } }

    /// HyP3 has answered.
    func clear() { for book in self.books { book.clear() } }

    /// - Returns: whether all that is to be said of the run is said.
    func end(_ report: RunReport) -> Bool {
        switch report.exitCode {
        case .unavailable: break
        case .ok, .incomplete, .damage:
            self.clear()
            StandardError.release(isDropped: false)
            return false
        default:
            // Whether HyP3 is there is not known.
            StandardError.release(isDropped: false)
            return false
        }
        let (since, isDue) = self.note(report)
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

    /// - Returns: since when it is down, and whether to say so: always, where nobody remembers.
    private func note(_ report: RunReport) -> (since: Date, isDue: Bool) {
        let notes = self.books.map { $0.note(started: report.started, now: .now) }
        return (notes.map(\.since).min() ?? report.started, notes.isEmpty || notes.contains(where: \.isDue))
    }
}
