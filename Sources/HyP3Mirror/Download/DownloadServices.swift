package import CurlTransfer

/// What all downloads of a run share.
package struct DownloadServices: Sendable {
    let engine: TransferEngine
    let budget: DownloadBudget
    let crew: DigestCrew
    let traffic: Traffic
    let room: StagingRoom
    /// Nothing is fetched from there: a redirect to it means "log in".
    let loginOrigin: Origin
    let clock: ServiceClock
    /// Of this machine's running system; see `ResumeRecord`.
    let boot: String

    package init(
        engine: TransferEngine,
        budget: DownloadBudget,
        crew: DigestCrew,
        traffic: Traffic,
        room: StagingRoom,
        loginOrigin: Origin,
        clock: ServiceClock,
        boot: String
    ) {
        self.engine = engine
        self.budget = budget
        self.crew = crew
        self.traffic = traffic
        self.room = room
        self.loginOrigin = loginOrigin
        self.clock = clock
        self.boot = boot
    }
}
