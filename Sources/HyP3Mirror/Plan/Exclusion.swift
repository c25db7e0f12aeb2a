/// Why a job is left out of a plan altogether.
package enum Exclusion: String, Sendable, Hashable, Codable, CaseIterable {
    /// Acquired before or after the wanted time.
    case acquisition
    /// Only some acquisition times are wanted, and the product's name tells none.
    case acquisitionUnknown = "acquisition-unknown"
    /// Belongs to another shard.
    case shard

    /// One clause for people.
    package func reason(_ policy: PlanPolicy) -> String {
        switch self {
        case .acquisition:
            let start = policy.acquired.start.map { "before \(CivilTime($0).text)" }
            let end = policy.acquired.end.map { "after \(CivilTime($0).text)" }
            return "acquired \([start, end].compactMap(\.self).joined(separator: " or "))"
        case .acquisitionUnknown: return "its name tells no acquisition time"
        case .shard: return "belongs to another shard"
        }
    }
}
