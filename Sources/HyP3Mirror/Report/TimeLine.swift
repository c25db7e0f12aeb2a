import Synchronization

/// When a run came how far, for who asks where its time goes. Any thread.
package final class TimeLine: Sendable {
    /// In the order in which a run passes them.
    package enum Mark: Int, Sendable, CaseIterable {
        case firstPage, archiveRead, jobsListed, planned, firstProductAsked, firstByte, lastByte, lastArchived, ended

        fileprivate var words: String {
            switch self {
            case .firstPage: "first page of jobs"
            case .archiveRead: "archive read"
            case .jobsListed: "jobs listed"
            case .planned: "planned"
            case .firstProductAsked: "first product asked for"
            case .firstByte: "first byte of a product"
            case .lastByte: "last byte"
            case .lastArchived: "last product archived"
            case .ended: "ended"
            }
        }

        /// The last of its kind counts, not the first.
        fileprivate var isLast: Bool { self == .lastByte || self == .lastArchived }
    }

    private let start: ContinuousClock.Instant
    private let marks: Mutex<[Mark: Duration]> = Mutex([:])

    package init(start: ContinuousClock.Instant = .now) { self.start = start }

    package func pass(_ mark: Mark, at instant: ContinuousClock.Instant = .now) {
        let time = self.start.duration(to: instant)
        self.marks.withLock { marks in
            if mark.isLast || marks[mark] == nil { marks[mark] = time }
        }
    }

    func note(_ event: RunEvent) {
        switch event {
        case .reviewed: self.pass(.archiveRead)
        case .listed: self.pass(.jobsListed)
        case .planned: self.pass(.planned)
        case .fetched(let outcome):
            if case .archived = outcome.result { self.pass(.lastArchived) }
        default: break
        }
    }

    /// The run has ended, with these bytes.
    func note(_ traffic: Traffic) {
        if let asked = traffic.asked { self.pass(.firstProductAsked, at: asked) }
        if let began = traffic.began { self.pass(.firstByte, at: began) }
        if let ended = traffic.ended { self.pass(.lastByte, at: ended) }
        self.pass(.ended)
    }

    /// Seconds after the start of what was passed, in the order of a run: `"first page of jobs 0.612, …"`.
    package var text: String {
        let marks = self.marks.withLock { $0 }
        return Mark.allCases.compactMap { mark in
            marks[mark].map { "\(mark.words) \(Self.seconds($0))" }
        }.joined(separator: ", ")
    }

    private static func seconds(_ time: Duration) -> String {
        let milliseconds = max(0, Int(time / .milliseconds(1)))
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + " s"
    }
}
