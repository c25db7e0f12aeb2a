import FoundationEssentials
import HyP3Mirror

/// What has happened in a year, for whoever wants to know how it came to a finding.
struct Chronicle {
    private static let most = 20_000

    private var lines: [String] = []
    private let start: Date
    private let isTold: Bool

    /// - Parameter isTold: whether each line goes to standard output at once.
    init(start: Date, isTold: Bool) {
        self.start = start
        self.isTold = isTold
    }

    mutating func note(_ text: String, at date: Date) {
        let day = date.timeIntervalSince(self.start) / 86400
        let line = "day \((day * 100).rounded(.down) / 100) (\(CivilTime(date).text)): \(text)"
        if self.isTold { say(line) }
        self.lines.append(line)
        if self.lines.count > Self.most { self.lines.removeFirst(Self.most / 2) }
    }

    /// The last lines, and before them those that tell of one of the words of the finding.
    func history(of finding: String) -> [String] {
        let last = self.lines.suffix(40)
        let words = finding.split { $0 == " " || $0 == "," || $0 == ";" || $0 == ":" }
            .filter { $0.utf8.count > 30 }.map { String($0.prefix { $0 != "." }) }
        let ids = Set(words.map { $0.hasPrefix("S1") ? $0.split(separator: "_").prefix(8).joined(separator: "_") : $0 })
        let earlier = self.lines.dropLast(40).filter { line in ids.contains { line.contains($0) } }
        return earlier.suffix(40) + last
    }
}
