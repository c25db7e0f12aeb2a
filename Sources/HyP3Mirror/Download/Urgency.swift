import FoundationEssentials

/// What is archived first where there is no room for all: what HyP3 deletes soonest, then what was asked for first. The
/// smaller is the more urgent.
struct Urgency: Sendable, Hashable, Comparable {
    /// When HyP3 deletes it (UTC).
    var expires: Date
    /// When its job was asked for (UTC).
    var requested: Date
    /// Below the project's directory.
    var path: String

    static func < (a: Urgency, b: Urgency) -> Bool {
        (a.expires, a.requested, a.path) < (b.expires, b.requested, b.path)
    }

    /// Of what no plan names.
    static func none(_ path: String) -> Urgency {
        Urgency(expires: .distantFuture, requested: .distantFuture, path: path)
    }
}
