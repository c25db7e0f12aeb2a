package import FoundationEssentials

/// What earlier runs learned of products that are not there.
package protocol AbsenceMemory: Sendable {
    /// Why a product is not worth asking for now, as one clause; nil where it is, or nothing is known of it.
    func reasonNotToAsk(for file: String, of job: Job, now: Date) -> String?

    /// Whether a product that is not asked for was there when it last was, and broken.
    func isDamaged(_ file: String, of job: Job) -> Bool

    /// Whether a product was proven not to exist.
    func isProvenAbsent(_ file: String, of job: Job) -> Bool

    /// What is known of a product that HyP3 has deleted by now; nil where nothing is.
    func knowledge(ofExpired file: String, of job: Job) -> ExpiredKnowledge?
}
