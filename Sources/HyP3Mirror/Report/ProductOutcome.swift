/// What a run came to with one product. The raw values are part of the run report.
package enum ProductOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// In the archive, and proven by a digest of the service.
    case archived
    /// In the archive on length and structure alone: the service gives no usable digest.
    case archivedUnproven = "archived-unproven"
    /// Proven not to exist.
    case absent
    /// HyP3 deleted it before it could be fetched.
    case foundLost = "lost"
    /// The service's digest is right and the file is broken all the same; not archived.
    case damagedUpstream = "damaged"
    /// The service gives no usable digest where one is required; not archived.
    case unverifiable
    /// Not archived, for any other reason.
    case failed

    /// Nil for a product that was left for the next run.
    package init?(_ outcome: FetchOutcome) {
        switch outcome.result {
        case .left: return nil
        case .archived: self = outcome.tally.proof == .lengthOnly ? .archivedUnproven : .archived
        case .failed(let failure):
            switch failure.kind {
            case .absent: self = .absent
            case .damagedUpstream: self = .damagedUpstream
            case .unverifiable: self = .unverifiable
            case .expired: self = .foundLost
            case .transient, .throttled, .corrupt, .changed, .missing, .refused, .permanent: self = .failed
            }
        }
    }

    package var isArchived: Bool { self == .archived || self == .archivedUnproven }

    /// Whether the product exists, as far as is known, and is not archived.
    package var isNotHad: Bool {
        switch self {
        case .damagedUpstream, .unverifiable, .failed: true
        case .archived, .archivedUnproven, .absent, .foundLost: false
        }
    }
}
