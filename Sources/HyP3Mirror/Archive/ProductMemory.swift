import FoundationEssentials

/// What the plan asks of products that are not in the archive: what earlier runs learned, and what the archive's own list
/// says.
struct ProductMemory: AbsenceMemory {
    let absences: AbsenceBook
    let review: RecordReview

    func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String? {
        self.absences.reasonNotToAsk(for: file, of: job, now: now)
    }

    func isProvenAbsent(_ file: String, of job: Job) -> Bool { self.absences.isProvenAbsent(file, of: job) }

    func isDamaged(_ file: String, of job: Job) -> Bool { self.absences.isDamaged(file, of: job) }

    func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge? {
        let known = self.absences.knowledge(ofExpired: file, of: job)
        if case .missing = known { return known }
        return self.review.isGone(file) ? .missing(nil) : known
    }
}
