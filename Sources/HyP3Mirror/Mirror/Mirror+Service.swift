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

    /// - Parameter onEvent: gets what the user should know of them.
    /// - Throws: `LoginError` where there are none.
    func credentials(_ onEvent: (RunEvent) -> Void) throws -> Credentials {
        let credentials = try Credentials.find(
            environment: self.environment,
            netrcFile: self.settings.netrcFile,
            loginHost: self.settings.loginURL.origin.host,
            now: self.pace.now()
        )
        for warning in credentials.warnings { onEvent(.warned(warning)) }
        return credentials
    }

    func session(_ engine: TransferEngine, _ clock: ServiceClock, _ credentials: Credentials) -> APISession {
        let login = EarthdataLogin(
            client: engine,
            url: self.settings.loginURL,
            api: self.settings.host,
            pace: .real,
            clock: clock
        )
        return APISession(
            origin: self.settings.host,
            credentials: credentials,
            login: login,
            logins: self.logins,
            pace: self.pace
        )
    }

    func reader(_ engine: TransferEngine, _ clock: ServiceClock, _ session: APISession) -> PageReader {
        PageReader(
            origin: self.settings.host,
            client: engine,
            session: session,
            clock: clock,
            retry: self.patience.retry,
            log: self.logger
        )
    }
}
