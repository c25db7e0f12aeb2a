/// What a generated catalogue holds. Equal values give equal jobs, products and bytes.
package struct CatalogueConfiguration: Sendable {
    /// Every choice follows from it.
    package var seed: UInt64 = 1
    /// Jobs in all.
    package var jobs = 0
    /// HyP3 job names, handed out in turn with falling shares; the first one gets about half.
    package var names = ["simulated-floods", "simulated-deformation"]
    /// Days that the request times reach back from `now`.
    package var spanDays = 30
    /// The moment the catalogue describes; nil is the moment the simulator starts.
    package var now: CalendarTime?
    /// Share of each job type; what is left over becomes WATER_MAP.
    package var rtcShare = 0.15
    package var insarShare = 0.1
    package var autoriftShare = 0.05
    /// Share of the WATER_MAP jobs whose `flood_depth_estimator` is null.
    package var withoutFloodDepth = 0.25
    /// Shares of jobs that are not SUCCEEDED.
    package var failedShare = 0.03
    package var unfinishedShare = 0.03
    /// Share of SUCCEEDED jobs whose `files` is missing, null or empty.
    package var withoutFilesShare = 0.01
    /// Days a product lives.
    package var lifetimeDays = 14
    /// Pixels along an edge of the rasters; each job takes one of them.
    package var rasterSizes = [96, 160, 256]
    /// The bucket of the products.
    package var bucket = "hyp3-simulator-contentbucket"

    /// An empty catalogue.
    package init() {}

    /// That many jobs from that seed.
    package init(jobs: Int, seed: UInt64 = 1) {
        self.jobs = jobs
        self.seed = seed
    }
}
