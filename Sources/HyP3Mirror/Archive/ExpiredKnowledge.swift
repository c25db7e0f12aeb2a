/// What earlier runs learned of a product that expired since. Each with its reason, as one clause.
package enum ExpiredKnowledge: Sendable, Hashable {
    /// Found lost, and told.
    case lost(String)
    /// Asked for while HyP3 should have had it, and not there.
    case absent(String)
    /// Archived once, and no longer in the archive; nil where no more is known yet.
    case missing(String?)
}
