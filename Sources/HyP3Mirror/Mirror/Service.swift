import CurlTransfer

/// The line to HyP3 and to the product hosts, of one operation on one project.
struct Service: Sendable {
    let engine: TransferEngine
    /// HyP3's time.
    let clock: ServiceClock
    let listing: BucketListing
    let retries: RunRetries
    let patience: ServiceSession.Patience
    let pace: Pace
    let timeLine = TimeLine()
}
