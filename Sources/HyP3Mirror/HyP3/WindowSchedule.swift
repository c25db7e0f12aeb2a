package import FoundationEssentials

/// Which page of which window of request times to read next. Pure: it neither asks nor waits.
///
/// HyP3 lists newest first and each page tells where the next begins, so one walk is one page after another. A query for
/// a narrower window costs the service only the jobs inside, so idle readers get the older part of what a walk still has
/// before it: that part becomes a window of its own, and the walk ends where it begins. Windows share their border
/// second, so no job can fall between them; what comes twice is dropped by its id.
///
/// What a listing costs stays near what one walk costs, whatever the service does: where it shows jobs outside the window
/// it was asked for, windows are given up for one walk to the end, and pages that bring neither a job nor an older place
/// are counted.
package struct WindowSchedule: Sendable {
    package struct Request: Sendable {
        package let window: Int
        package let url: HTTPURL
    }

    fileprivate struct Window: Sendable {
        let id: Int
        /// The window's oldest time as asked of the service; nil is open.
        let start: Date?
        /// Its newest time as asked; nil is open.
        let end: Date?
        /// Newest time that its jobs can have.
        let top: Date
        /// Where to read on.
        var url: HTTPURL
        /// Older than this is another window's work; nil where this one goes to its start.
        var floor: Date?
        /// Request time of the first job read.
        var newest: Date?
        /// Everything newer has been read.
        var position: Date?
        /// The oldest place that was come to.
        var oldest: Date?
        /// Whether a job or a place came that the window does not have.
        var isOutside = false
        var pages = 0
        var pagesAtSplit = 0
        /// Links followed so far, to see a service that goes round in circles.
        var followed: Set<String> = []
        /// Pages in a row that brought no job that was new, and those of them that came to no older place either.
        var pagesWithoutJobs = 0
        var pagesWithoutProgress = 0
        /// Whether the pages came newest first so far; if not, the walk goes to its very end.
        var isDescending = true

        /// The oldest time that is this window's work.
        var bottom: Date? { self.floor ?? self.start }
    }

    /// Sentinel-1, whose scenes HyP3 processes, flies since 2014, HyP3 takes orders since some years after. Only the
    /// arithmetic of splitting uses it: a window open to the past stays open.
    private static let beforeAllJobs = Date(timeIntervalSince1970: 1_483_228_800)

    private let query: JobQuery
    private let origin: Origin
    private var waiting: [Window] = []
    private var reading: [Int: Window] = [:]
    private var seen: Set<String> = []
    private var nextID = 0
    /// The walk from the query's end, where it has come to another window's work.
    private var firstWalk: Window?
    /// Whether the service was seen to answer with jobs outside the window it was asked for.
    private var ignoresWindows = false

    /// Dozens of pages without a job in a row are common: the service reads a megabyte of all its jobs before it looks at
    /// the name.
    private static let mostPagesWithoutJobs = 10_000
    private static let mostPagesWithoutProgress = 300

    package init(query: JobQuery, origin: Origin, now: Date) {
        self.query = query
        self.origin = origin
        self.add(start: query.start, end: query.end, top: query.end ?? now)
    }

    /// The next page to ask for; nil where nothing is left to begin now.
    ///
    /// - Parameter idle: readers without work, this one included.
    package mutating func begin(idle: Int) -> Request? {
        if self.waiting.isEmpty { self.split(for: idle) }
        guard !self.waiting.isEmpty else { return nil }
        let window = self.waiting.removeFirst()
        self.reading[window.id] = window
        return Request(window: window.id, url: window.url)
    }

    /// Takes the page that a request brought.
    ///
    /// - Parameter next: the page's `next`, already checked.
    /// - Returns: the page without the jobs that came before.
    /// - Throws: `CatalogError` `.endless`
    package mutating func finish(_ id: Int, page: JobPage, next: HTTPURL?) throws(CatalogError) -> JobPage {
        let known = self.seen.count
        let new = page.filtered { self.query.contains($0) && self.seen.insert($0.id).inserted }
        guard var window = self.reading.removeValue(forKey: id) else { return new }
        window.pages += 1
        let isOlder = window.advance(page, next: next)
        window.pagesWithoutJobs = self.seen.count > known ? 0 : window.pagesWithoutJobs + 1
        window.pagesWithoutProgress = self.seen.count > known || isOlder ? 0 : window.pagesWithoutProgress + 1
        if let next {
            try self.checkProgress(of: window)
            guard window.followed.insert(next.text).inserted else {
                throw CatalogError(
                    code: .endless,
                    message: "HyP3 at \(self.origin) gives the same next page again and again; the list has no end"
                )
            }
            window.url = next
            let isPastFloor = window.isDescending && self.isBefore(window.position, window.floor)
            if !isPastFloor {
                self.waiting.append(window)
            } else if window.id == 0 {
                self.firstWalk = window
            }
        }
        if !self.ignoresWindows, window.isOutside { self.giveUpWindows() }
        return new
    }

    private func checkProgress(of window: Window) throws(CatalogError) {
        guard
            window.pagesWithoutProgress >= Self.mostPagesWithoutProgress
                || window.pagesWithoutJobs >= Self.mostPagesWithoutJobs
        else { return }
        throw CatalogError(
            code: .endless,
            message: "HyP3 at \(self.origin) gives page after page without a new job "
                + "(\(window.pagesWithoutJobs) in a row); the list seems to have no end"
        )
    }

    /// Goes back to the one walk that needs no window, from where it stood.
    private mutating func giveUpWindows() {
        self.ignoresWindows = true
        self.waiting.removeAll { $0.id != 0 }
        // What is being read of other windows is taken when it comes, and not gone on with.
        self.reading = self.reading.filter { $0.key == 0 }
        if let walk = self.firstWalk { self.waiting.append(walk) }
        self.firstWalk = nil
        for index in self.waiting.indices { self.waiting[index].floor = nil }
        self.reading[0]?.floor = nil
    }

    private func isBefore(_ position: Date?, _ floor: Date?) -> Bool {
        guard let position, let floor else { return false }
        return position < floor
    }

    private mutating func add(start: Date?, end: Date?, top: Date) {
        var query = self.query
        (query.start, query.end) = (start, end)
        self.waiting.append(Window(id: self.nextID, start: start, end: end, top: top, url: query.url(at: self.origin)))
        self.nextID += 1
    }

    /// Splits the walk with the most before it into parts for `idle` more readers.
    private mutating func split(for idle: Int) {
        var best: (id: Int, pages: Double)?
        for window in self.reading.values {
            let pages = Self.pagesLeft(window)
            if pages > best?.pages ?? 0 { best = (window.id, pages) }
        }
        guard !self.ignoresWindows else { return }
        // Less than a page and a half more is sooner read than asked for twice.
        guard let best, best.pages >= 1.5, var window = self.reading[best.id], let position = window.position else {
            return
        }
        let left = position.timeIntervalSince(window.bottom ?? Self.beforeAllJobs)
        let parts = min(idle + 1, Int(min(best.pages.rounded(.up), left / Self.narrowest)))
        let widths = Self.widths(of: left, parts: parts, first: Self.pagesOfFirstPart * left / best.pages)
        var end = CivilTime(position.addingTimeInterval(-(widths.first ?? left))).date
        let bottom = window.bottom
        window.floor = end
        window.pagesAtSplit = window.pages
        self.reading[window.id] = window
        // Newest first, as the whole list is.
        for width in widths.dropFirst().dropLast() {
            let start = CivilTime(end.addingTimeInterval(-width)).date
            self.add(start: start, end: end, top: end)
            end = start
        }
        self.add(start: bottom, end: end, top: end)
    }

    /// Seconds. Jobs of a border second are read twice, so windows are much wider than that.
    private static let narrowest = 60.0

    /// What the walk keeps of its work where there is much of it.
    private static let pagesOfFirstPart = 8.0

    /// Widths of `parts` windows, newest first, `total` together: the same for all, or from `first` on growing by a
    /// constant factor. The density of the pages read says much about the time next to them and little about the years
    /// before.
    private static func widths(of total: Double, parts: Int, first: Double) -> [Double] {
        guard parts > 1 else { return [total] }
        let first = max(first, Self.narrowest)
        guard first * Double(parts) < total else {
            return Array(repeating: total / Double(parts), count: parts)
        }
        func widths(_ factor: Double) -> [Double] {
            (1..<parts).reduce(into: [first]) { widths, _ in widths.append((widths.last ?? first) * factor) }
        }
        var (low, high) = (1.0, total / first)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if widths(middle).reduce(0, +) < total { low = middle } else { high = middle }
        }
        return widths(low)
    }

    /// How many pages a walk still has before it, by the density of those it has read; 0 where it must not be split.
    private static func pagesLeft(_ window: Window) -> Double {
        guard window.isDescending, window.pages > window.pagesAtSplit, let position = window.position else { return 0 }
        let left = position.timeIntervalSince(window.bottom ?? Self.beforeAllJobs)
        guard left >= 2 * Self.narrowest else { return 0 }
        return Double(window.pages) * left / max(1, (window.newest ?? window.top).timeIntervalSince(position))
    }
}

extension WindowSchedule.Window {
    /// Notes how far the walk has come.
    /// - Returns: whether that is older than ever before in this walk.
    fileprivate mutating func advance(_ page: JobPage, next: HTTPURL?) -> Bool {
        let oldest = self.oldest
        if self.newest == nil { self.newest = page.jobs.first?.requestTime }
        for job in page.jobs {
            self.step(to: job.requestTime)
        }
        // A page filtered empty says nothing about the place; the token of the next one does.
        if let next, let token = next.queryValue("start_token"), let place = StartToken.requestTime(token) {
            self.step(to: place)
        }
        guard let now = self.oldest else { return false }
        return oldest.map { now < $0 } ?? true
    }

    private mutating func step(to time: Date) {
        self.oldest = min(self.oldest ?? time, time)
        // Both ends are inclusive and in whole seconds.
        if let end, time.timeIntervalSince(end) >= 2 { self.isOutside = true }
        if let start, start.timeIntervalSince(time) >= 2 { self.isOutside = true }
        if let position, time > position { self.isDescending = false }
        self.position = time
    }
}
