import Checksums
import CurlTransfer

/// How a run speaks with HyP3.
extension Mirror {
    /// - Throws: `ConfigurationError` where the file of certificates to trust is none.
    func engineOptions() throws -> TransferOptions {
        _ = try StreamDigest(.sha256)
        var options = TransferOptions()
        options.caFile = try TrustStore.file(self.settings.certificateAuthorities, environment: self.environment)
        options.stallTimeout = self.patience.stall
        options.keptConnections = min(options.keptConnections, max(self.connections, JobListing.defaultWindows))
        options.userAgent = "hyp3-mirror/\(Self.version)"
        return options
    }

    private func credentials(_ onEvent: (RunEvent) -> Void) throws -> Credentials {
        let credentials = try Credentials.find(
            environment: self.environment,
            netrcFile: self.settings.netrcFile,
            loginHost: self.settings.loginURL.origin.host,
            now: self.pace.now()
        )
        for warning in credentials.warnings { onEvent(.warned(warning)) }
        return credentials
    }

    /// - Parameter onEvent: gets what the user should know of the credentials.
    /// - Throws: `LoginError` where there are none.
    func service(_ engine: TransferEngine, onEvent: (RunEvent) -> Void) throws -> Service {
        let clock = ServiceClock(self.pace)
        let login = EarthdataLogin(
            client: engine,
            url: self.settings.loginURL,
            api: self.settings.host,
            pace: .real,
            clock: clock
        )
        let session = APISession(
            origin: self.settings.host,
            credentials: try self.credentials(onEvent),
            login: login,
            logins: self.logins,
            pace: self.pace
        )
        let reader = PageReader(
            origin: self.settings.host,
            client: engine,
            session: session,
            clock: clock,
            retry: self.patience.retry,
            log: self.logger
        )
        return Service(engine: engine, clock: clock, reader: reader)
    }
}

/// HyP3 as one project's run speaks with it.
struct Service {
    let engine: TransferEngine
    /// Its time.
    let clock: ServiceClock
    let reader: PageReader
    let timeLine = TimeLine()
}
