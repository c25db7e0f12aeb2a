import HyP3Mirror
import Logging

/// Tells the events of a run as log lines: what needs a person as warnings, each archived product only at level debug.
struct EventLog {
    let logger: Logger

    func tell(_ event: RunEvent) {
        switch event {
        case .planned(let plan):
            let counts = plan.counts.map { ($0.key.rawValue, Logger.MetadataValue.stringConvertible($0.value)) }
            self.logger.info("planned", metadata: Dictionary(uniqueKeysWithValues: counts))
        case .surveyed:
            break
        case .fetched(let outcome):
            self.tell(outcome)
        case .foundLost(let product):
            self.logger.error(
                "lost: \(product.reason)",
                metadata: ["file": "\(product.file)", "job": "\(product.job.id)"]
            )
        case .foundMissing(let product):
            self.logger.error("missing: \(product.reason)", metadata: ["file": "\(product.file)"])
        case .reviewed: break
        case .foundBroken(let file):
            self.logger.error("broken: \(file.reason)", metadata: ["file": "\(file.path)"])
        case .scanned(let archive):
            for directory in archive.unreadable {
                self.logger.warning(
                    "a directory cannot be read; what lies there is not seen",
                    metadata: ["directory": "\(directory.path)"]
                )
            }
        case .listed(let listing):
            for job in listing.unreadable {
                self.logger.warning("a job cannot be read and is left out: \(job)")
            }
        case .warned(let warning):
            self.logger.warning("\(warning)")
        }
    }

    private func tell(_ outcome: FetchOutcome) {
        var metadata: Logger.Metadata = ["file": "\(outcome.product.file)"]
        switch outcome.result {
        case .archived(let entry):
            metadata["bytes"] = "\(entry.size)"
            metadata["check"] = "\(entry.check)"
            if outcome.tally.attempts > 1 { metadata["attempts"] = "\(outcome.tally.attempts)" }
            self.logger.debug("archived", metadata: metadata)
        case .failed(let failure) where failure.kind == .absent:
            self.logger.info("absent: \(failure.reason)", metadata: metadata)
        case .failed(let failure):
            metadata["job"] = "\(outcome.product.job.id)"
            metadata["url"] = "\(outcome.product.url)"
            metadata["attempts"] = "\(outcome.tally.attempts)"
            self.logger.error("not archived: \(failure.reason)", metadata: metadata)
        }
    }
}
