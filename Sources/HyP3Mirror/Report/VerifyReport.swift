package import FoundationEssentials

/// What a verification found, as `verify --report` writes it.
package struct VerifyReport: Sendable, Hashable, Codable {
    /// A file that someone may want to look after.
    package struct Row: Sendable, Hashable, Codable {
        /// Below the project's directory.
        package var path: String
        /// A `VerificationResult`, `moved`, `unknown`, or what came of taking a file in: `half`,
        /// `other`.
        package var finding: String
        package var reason: String
        /// Bytes that lie there; nil where nothing does, or where it cannot be told.
        package var size: Int64?
        /// Bytes that were archived.
        package var recorded: Int64?
        package var jobID: String?
        /// What was done about it, or why nothing could be; nil where nothing was tried.
        package var repair: String?
        /// Whether the product is in the archive as it should be, now.
        package var isHealed: Bool?

        private enum CodingKeys: String, CodingKey {
            case path, finding, reason, size, recorded, repair
            case jobID = "job_id"
            case isHealed = "healed"
        }

        package init(path: String, finding: String, reason: String, size: Int64? = nil) {
            self.path = path
            self.finding = finding
            self.reason = reason
            self.size = size
        }

        package init(_ finding: FileFinding) {
            self.init(
                path: finding.path,
                finding: finding.isMoved ? "moved" : finding.result.rawValue,
                reason: finding.reason,
                size: finding.size
            )
            self.recorded = finding.entry.size
            self.jobID = finding.entry.jobID
        }
    }

    package var schema = 1
    package var command = "verify"
    package var project: String
    /// The project's directory.
    package var directory: String
    /// Both UTC, whole seconds.
    package var started: Date
    package var ended: Date
    package var exitCode = RunStatus.ok { didSet { self.exitMeaning = Self.meaning(of: self.exitCode) } }
    /// What the exit status says, in one clause.
    package private(set) var exitMeaning = VerifyReport.meaning(of: .ok)
    /// Why it ended before its end, in one clause; nil where it did not.
    package var stopped: String?
    /// `K/N`; nil for all.
    package var sample: String?
    /// Products on record, with their bytes.
    package var files = 0
    package var bytes: Int64 = 0
    /// Those whose turn it was, and those of them that were looked at, with the bytes that were read.
    package var due = 0
    package var checked = 0
    package var bytesRead: Int64 = 0
    /// Those that were looked at, by `VerificationResult`.
    package var results: [String: Int] = [:]
    /// Of the intact ones, those that lie elsewhere than recorded.
    package var moved = 0
    /// Files with a wanted name that no record knows.
    package var unknown = 0
    /// Damaged files that are in the archive again as they should be, and those put aside.
    package var healed = 0
    package var quarantined = 0
    /// Files taken in that were there before, and those of them that are not what they should be.
    package var adopted = 0
    package var broken = 0
    /// When that product was last seen intact, or archived, that was not looked at for longest (UTC); nil without any.
    package var oldest: Date?
    /// Whatever is not intact, in the order it was found. As read from a file: while it goes on they are written aside.
    package var rows: [Row] = []
    package var warnings: [String] = []

    private enum CodingKeys: String, CodingKey {
        case schema, command, project, directory, started, ended, stopped, sample, files, bytes, due, checked, results
        case moved, unknown, healed, quarantined, adopted, broken, oldest, rows, warnings
        case exitCode = "exit_code"
        case exitMeaning = "exit_meaning"
        case bytesRead = "bytes_read"
    }

    package init(project: String, directory: String, started: Date) {
        self.project = project
        self.directory = directory
        self.started = started
        self.ended = started
    }

    package init(json: some Sequence<UInt8>) throws { self = try RunReport.read(Self.self, from: Data(json)) }

    package func count(_ result: VerificationResult) -> Int { self.results[result.rawValue] ?? 0 }

    /// Files that are not what was archived, and not healed.
    package var damaged: Int {
        VerificationResult.allCases.reduce(self.broken - self.healed) { $0 + ($1.isDamage ? self.count($1) : 0) }
    }

    /// Those whose turn it was and that were not looked at.
    package var left: Int { max(0, self.due - self.checked) }

    private static func meaning(of status: RunStatus) -> String {
        status == .ok ? "whatever was looked at is as it was archived" : status.meaning
    }

    /// The line that every verification ends with.
    package var summary: String {
        let span = DurationText.short(.seconds(max(0, self.ended.timeIntervalSince(self.started))))
        let bytes = ByteText.decimal(self.bytesRead)
        var parts = ["\(self.checked) of \(Count.of(self.files, "file")) verified (\(bytes) in \(span))"]
        func add(_ count: Int, _ words: String) {
            if count > 0 { parts.append("\(count) \(words)") }
        }
        add(self.count(.rot), "rotten")
        add(self.count(.edited), "edited")
        add(self.count(.cutShort), "cut short")
        add(self.count(.missing), "missing")
        add(self.broken, "not whole that were there before")
        add(self.healed, "healed")
        add(self.quarantined - self.healed, "put aside and not healed")
        add(self.count(.unreadable), "unreadable")
        add(self.moved, "moved")
        add(self.adopted, "adopted")
        add(self.unknown, "unknown")
        add(self.left, "left for the next run")
        let counts = parts.joined(separator: ", ")
        let name = ForeignText.shown(self.project)
        guard let stopped = self.stopped else { return "\(name): \(counts)" }
        return "\(name): stopped (\(ForeignText.shown(stopped))): \(counts)"
    }
}
