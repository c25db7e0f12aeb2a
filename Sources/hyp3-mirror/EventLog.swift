import HyP3Mirror
import Logging

/// Tells the events of a run as log lines: what was archived, and what needs a person as warnings and errors. What comes
/// in numbers is told a few times and then counted; the report has all of it.
struct EventLog {
    private let logger: Logger
    private var failures = 0
    private var losses = 0
    private var unusable = 0
    private var duplicates = 0

    /// Lines of one kind in a run.
    private static let most = 20

    init(logger: Logger) { self.logger = logger }

    mutating func tell(_ event: RunEvent) {
        switch event {
        case .planned(let plan):
            let counts = plan.counts.map { ($0.key.rawValue, Logger.MetadataValue.stringConvertible($0.value)) }
            self.logger.info("planned", metadata: Dictionary(uniqueKeysWithValues: counts))
        case .entered, .surveyed, .usesToken:
            break
        case .fetched(let outcome), .fetchedQuicklook(let outcome):
            self.tell(outcome)
        case .foundLost(let product):
            self.losses += 1
            guard self.losses <= Self.most else { return }
            self.logger.error(
                "lost: \(product.reason)",
                metadata: ["file": "\(product.file)", "job": "\(product.jobID)"]
            )
        case .foundMissing(let product):
            self.logger.error("missing: \(product.reason)", metadata: ["file": "\(product.file)"])
        case .foundUnusable(let found):
            self.unusable += 1
            guard self.unusable <= Self.most else { return }
            self.logger.log(
                level: found.isNew ? .error : .warning,
                "cannot be archived: \(found.product.reason)",
                metadata: ["file": "\(found.product.file)", "job": "\(found.product.jobID)"]
            )
        case .foundUnreadable(let found):
            self.logger.log(
                level: found.new > 0 ? .error : .warning,
                "\(found.jobs.sentence("cannot be read and left out"))"
            )
        case .foundDuplicate(let product):
            self.duplicates += 1
            guard self.duplicates <= Self.most else { return }
            self.logger.error(
                "not archived: \(product.reason)",
                metadata: ["file": "\(product.file)", "job": "\(product.jobID)"]
            )
        case .reviewed: break
        case .foundBroken(let file):
            self.logger.error("broken: \(file.reason)", metadata: ["file": "\(file.path)"])
        case .scanned(let archive):
            for warning in archive.warnings { self.logger.warning("\(warning)") }
        case .listed(let listing):
            if !listing.withUnknownEnd.isEmpty {
                self.logger.warning("\(listing.withUnknownEnd.sentence("may be deleted any day and come first"))")
            }
        case .unrecorded(let trouble):
            self.logger.error("\(trouble)")
        case .warned(let warning):
            self.logger.warning("\(warning)")
        }
    }

    /// The end of a run: what was not told one by one, and what its exit status says.
    func end(_ report: RunReport) {
        self.tellRest(self.failures, "products that were not archived")
        self.tellRest(self.losses, "products that are lost")
        self.tellRest(self.duplicates, "products whose names others have")
        self.tellRest(self.unusable, "that cannot be archived")
        self.logger.info(
            "ended",
            metadata: ["exit": "\(report.exitCode.rawValue)", "meaning": "\(report.exitCode.meaning)"]
        )
    }

    private func tellRest(_ count: Int, _ things: String) {
        if count > Self.most { self.logger.warning("… and \(count - Self.most) more \(things)") }
    }

    private mutating func tell(_ outcome: FetchOutcome) {
        var metadata: Logger.Metadata = ["file": "\(outcome.product.file)"]
        switch outcome.result {
        case .archived(let entry):
            metadata["size"] = "\(ByteText.decimal(entry.size))"
            metadata["check"] = "\(entry.check)"
            if outcome.tally.attempts > 1 { metadata["attempts"] = "\(outcome.tally.attempts)" }
            self.logger.info("archived", metadata: metadata)
        case .left:
            self.logger.debug("left for the next run", metadata: metadata)
        case .failed(let failure) where ProductOutcome(outcome) == .absent:
            self.logger.debug("absent: \(failure.reason)", metadata: metadata)
        case .failed(let failure):
            self.failures += 1
            guard self.failures <= Self.most else { return }
            metadata["job"] = "\(outcome.product.jobID)"
            metadata["url"] = "\(outcome.product.url)"
            metadata["attempts"] = "\(outcome.tally.attempts)"
            self.logger.error("not archived: \(failure.reason)", metadata: metadata)
        }
    }
}
