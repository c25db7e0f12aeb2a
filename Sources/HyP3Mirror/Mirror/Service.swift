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
    /// Of the engine, when the operation began.
    private let requestsBefore: Int

    init(
        engine: TransferEngine,
        clock: ServiceClock,
        listing: BucketListing,
        retries: RunRetries,
        patience: ServiceSession.Patience,
        pace: Pace
    ) {
        self.engine = engine
        self.clock = clock
        self.listing = listing
        self.retries = retries
        self.patience = patience
        self.pace = pace
        self.requestsBefore = engine.requests
    }

    /// Requests of the operation so far.
    var requests: Int { self.engine.requests - self.requestsBefore }
}
