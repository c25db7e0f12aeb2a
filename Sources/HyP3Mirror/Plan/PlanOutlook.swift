package import FoundationEssentials

/// What a plan is seen against: the disk, and what the line has carried so far.
package struct PlanOutlook: Sendable, Hashable {
    /// When it was made (UTC).
    package var now: Date
    /// Bytes free on the archive's file system; nil where it does not say.
    package var free: Int64?
    /// Bytes a second of the last run that fetched enough to tell; nil where there was none.
    package var rate: Double?

    package init(now: Date, free: Int64? = nil, rate: Double? = nil) {
        self.now = now
        self.free = free
        self.rate = rate
    }
}
